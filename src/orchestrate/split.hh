// A source with several services becomes several apps, one for each. Pure.
#pragma once

#include <string>
#include <vector>

#include "orchestrate/prepare.hh"

namespace podwright::orchestrate {

// A request for each service, with its folder as the path and its own app name; nothing when the source is one app: it
// holds one service, or the folder to deploy is one itself. All of them deploy the commit that was analysed.
// Error{invalid}: the request or the podwright.yaml at the root says what can hold for one service only.
Result<std::vector<DeployRequest>> split(const Source& source, const Prepared& prepared, const DeployRequest& request);

// "shop" with the folders "api" and "packages/web": shop-api and shop-web. Folders that end alike give their whole
// path. Names are at most 40 characters; the prefix is cut first. Error{invalid} when two still have the same name.
Result<std::vector<std::string>> service_app_names(const std::string& prefix, const std::vector<std::string>& folders);

}  // namespace podwright::orchestrate
