// ship: an image of the local Podman into another one. Only layers that are missing there travel, with no registry and
// no agent: all it needs is the other Podman's socket, local or forwarded.
//
// Large layers travel each in a load of its own, as the prefix of the image that ends with it, so a cut link costs at
// most one of them: the next ship starts with what has arrived. Archives are made while they are sent and compressed
// with zstd, which costs less time than it saves even between two Podmans on one machine.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "base/result.hh"
#include "podman/client.hh"
#include "ship/layout.hh"

namespace podwright::ship {

struct Shipped {
  std::string image_id;       // 64 hex, the same on both sides
  std::string digest;         // "sha256:…" of the manifest
  long long bytes_sent = 0;   // that went through the socket, compressed
  long long bytes_total = 0;  // of all layers, uncompressed
  int layers_sent = 0;
  int layers_total = 0;
  long long ms = 0;
};

// Bytes of layers, uncompressed: how many of those that have to travel have gone. On the calling thread, often.
using OnProgress = std::function<void(long long sent, long long total)>;

// Makes `reference` ("localhost/shop:7", name and tag) mean the image there. Nothing travels when it is there already,
// and a ship that was cut goes on where it ended. The result is verified: the same id and the same layers, read back.
// Safe from any thread, also for several targets at once and for the same one.
// Errors: those of Layout; unavailable (the link or the Podman at its end went away), timeout (no byte moved for 20 s,
// or no answer after the last one), exhausted (the disk there), cancelled (within 2 s), invalid (the reference),
// failed.
Result<Shipped> ship(Layout& layout, const std::string& image_id, podman::Client& remote, const std::string& reference,
                     const OnProgress& progress = {}, std::stop_token stop = {});

// Removes what ships that were cut and never repeated have left there; answers how many. For housekeeping: a ship that
// is under way notices and sends again what it needs. Errors: those of podman::Client.
Result<int> sweep_partials(podman::Client& remote);

}  // namespace podwright::ship
