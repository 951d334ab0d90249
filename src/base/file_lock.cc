#include "base/file_lock.hh"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/text.hh"

namespace podwright {

Result<Fd> lock_file(const std::filesystem::path& path, Millis limit, std::stop_token stop,
                     const std::function<void()>& on_wait) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd)
    return fail(ErrorCode::failed, "cannot open the lock {}: {}", printable(path.native()), std::strerror(errno));
  auto deadline = Deadline::in(limit);
  for (bool told = false; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; std::this_thread::sleep_for(Millis(50))) {
    if (stop.stop_requested())
      return fail(ErrorCode::cancelled, "cancelled while waiting for the lock {}", printable(path.native()));
    if (deadline.passed())
      return fail(ErrorCode::timeout, "somebody else has held the lock {} for {} s", printable(path.native()),
                  limit.count() / 1000);
    if (!std::exchange(told, true) && on_wait) on_wait();
  }
  return fd;
}

}  // namespace podwright
