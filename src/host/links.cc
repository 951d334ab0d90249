#include "host/links.hh"

#include "base/state_dir.hh"

namespace podwright::host {

Result<std::shared_ptr<remote::Link>> Links::to(const std::string& name) {
  auto links = links_.lock();
  if (auto known = links->find(name); known != links->end()) return known->second;
  auto link = TRY(make(TRY(store_.host(name))));
  links->emplace(name, link);
  return link;
}

void Links::keep(const std::string& name, std::shared_ptr<remote::Link> link) {
  links_.lock()->insert_or_assign(name, std::move(link));
}

void Links::forget(const std::string& name) {
  auto link = links_.with([&](auto& links) { return links.extract(name); });  // ended outside of the lock
}

Result<std::shared_ptr<remote::Link>> Links::make(const Host& host) const {
  return std::shared_ptr<remote::Link>(
      TRY(remote::Link::make({.name = host.name,
                              .destination = host.destination,
                              .host_key = host.host_key,
                              .folder = TRY(runtime_folder(state_dir_, "link " + host.name)),
                              .ssh_config = ssh_config_})));
}

}  // namespace podwright::host
