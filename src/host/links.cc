#include "host/links.hh"

#include "base/state_dir.hh"

namespace podwright::host {

Result<std::unique_ptr<Links>> Links::open(Store& store, const fs::path& state_dir, std::string ssh_config) {
  auto folder = TRY(runtime_folder(state_dir, "links"));
  std::error_code ignored;
  for (const auto& left : fs::directory_iterator(folder, ignored)) fs::remove_all(left.path(), ignored);
  return std::unique_ptr<Links>(new Links(store, std::move(folder), std::move(ssh_config)));
}

Links::~Links() {
  links_.lock()->clear();
  std::error_code ignored;
  fs::remove(folder_, ignored);  // not while somebody holds a link
}

Result<std::shared_ptr<remote::Link>> Links::to(const std::string& name) {
  auto host = TRY(store_.host(name));
  auto links = links_.lock();
  auto known = links->find(name);
  if (known != links->end() && known->second.destination == host.destination && known->second.host_key == host.host_key)
    return known->second.link;
  auto link = TRY(make(host));
  links->insert_or_assign(name, Kept{host.destination, host.host_key, link});
  return link;
}

void Links::forget(const std::string& name) {
  auto link = links_.with([&](auto& links) { return links.extract(name); });  // ended outside of the lock
}

Result<std::shared_ptr<remote::Link>> Links::make(const Host& host) {
  return std::shared_ptr<remote::Link>(TRY(remote::Link::make({.name = host.name,
                                                               .destination = host.destination,
                                                               .host_key = host.host_key,
                                                               .folder = new_folder(),
                                                               .ssh_config = ssh_config_})));
}

void Links::keep(const Host& host, std::shared_ptr<remote::Link> link) {
  links_.lock()->insert_or_assign(host.name, Kept{host.destination, host.host_key, std::move(link)});
}

}  // namespace podwright::host
