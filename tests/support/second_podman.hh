// SecondPodman: a Podman service with a storage of its own beside the machine's, as another host would be. Needs root.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fs.hh"
#include "base/result.hh"
#include "podman/client.hh"

namespace podwright::test {

class SecondPodman {
 public:
  // `disk_mib`: the size of its disk; 0: a folder of this machine's. Fails the test when it does not come up.
  explicit SecondPodman(int disk_mib = 0);
  ~SecondPodman();  // ends it and removes all that it had
  SecondPodman(const SecondPodman&) = delete;
  SecondPodman& operator=(const SecondPodman&) = delete;

  std::string socket() const { return (folder() / "podman.sock").native(); }
  const fs::path& folder() const { return folder_->path(); }
  podman::Client& client() { return *client_; }

  std::vector<std::string> image_names();       // "<none>" for an image without one
  std::vector<std::string> unfinished() const;  // what stands in its folder for temporary files

 private:
  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<podman::Client> client_;
  pid_t pid_ = 0;
  bool has_disk_ = false;
};

}  // namespace podwright::test
