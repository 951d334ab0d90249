// What both kinds of links do with a running script: let the script's own output through, keep its first MiB.
#pragma once

#include "base/spawn.hh"
#include "remote/script.hh"

namespace podwright::remote {

class Running {
 public:
  Running(std::string_view marker, OutputSink on_out, OutputSink on_err)
      : out_(marker), err_(marker), on_out_(std::move(on_out)), on_err_(std::move(on_err)) {}

  void take_out(std::string_view chunk) { pass(out_.feed(chunk), finished_.out, on_out_); }
  void take_err(std::string_view chunk) { pass(err_.feed(chunk), finished_.err, on_err_); }

  bool begun() const { return out_.begun(); }

  // The script's end, when it ended by itself.
  std::optional<Finished> finish() {
    pass(err_.rest(), finished_.err, on_err_);
    if (!out_.exit_code()) return std::nullopt;
    finished_.exit_code = *out_.exit_code();
    return std::move(finished_);
  }

 private:
  static constexpr size_t kKept = 1 << 20;

  static void pass(const std::string& text, std::string& kept, const OutputSink& sink) {
    if (text.empty()) return;
    kept.append(text, 0, kKept - std::min(kKept, kept.size()));
    if (sink) sink(text);
  }

  Unframer out_, err_;
  OutputSink on_out_, on_err_;
  Finished finished_;
};

}  // namespace podwright::remote
