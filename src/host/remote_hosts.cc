#include "host/remote_hosts.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::host {

Result<podwright::RemoteHost*> RemoteHosts::host(const std::string& name) {
  auto record = TRY(store_.host(name));
  auto hosts = hosts_.lock();
  auto& known = (*hosts)[name];
  if (!known.empty() && known.back().destination == record.destination && known.back().host_key == record.host_key) return known.back().server.get();
  auto connection = std::make_unique<Connection>(record, store_.installation(), TRY(links_.to(name)));
  known.push_back({record.destination, record.host_key, std::make_unique<SshHost>(std::move(connection), images_)});
  return known.back().server.get();
}

Result<std::vector<std::string>> RemoteHosts::labelled(const std::vector<std::string>& labels) {
  std::map<std::string, std::string> wanted;
  for (const auto& label : labels) wanted.merge(TRY(parse_labels(label)));
  std::vector<std::string> names;
  for (const auto& host : TRY(store_.hosts())) {
    auto carries = [&](const auto& label) { return host.labels.contains(label.first) && host.labels.at(label.first) == label.second; };
    if (std::ranges::all_of(wanted, carries)) names.push_back(host.name);
  }
  if (names.empty())
    return fail(error(ErrorCode::not_found, "no host carries the label {}", printable(join(labels, ", "))).with_hint("podwright host ls shows the labels"));
  return names;
}

}  // namespace podwright::host
