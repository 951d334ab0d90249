#include "model/lifecycle.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace podwright {

namespace {

using enum Phase;

constexpr std::array<std::pair<Phase, std::string_view>, 14> kNames{{
    {queued, "QUEUED"},
    {analyzing, "ANALYZING"},
    {building, "BUILDING"},
    {provisioning, "PROVISIONING"},
    {deploying, "DEPLOYING"},
    {healthy, "HEALTHY"},
    {exposed, "EXPOSED"},
    {failed, "FAILED"},
    {rolling_back, "ROLLING_BACK"},
    {rolled_back, "ROLLED_BACK"},
    {cancelled, "CANCELLED"},
    {built, "BUILT"},
    {superseded, "SUPERSEDED"},
    {split, "SPLIT"},
}};

// A rollback to a kept release goes from QUEUED straight to PROVISIONING: there is nothing to analyse or build.
// A deployment whose work was lost with its daemon goes back to QUEUED and is planned again.
constexpr std::array<std::pair<Phase, Phase>, 30> kMoves{{
    {queued, analyzing},    {queued, provisioning},    {queued, cancelled},         {queued, superseded},
    {queued, failed},       {analyzing, building},     {analyzing, failed},         {analyzing, cancelled},
    {analyzing, queued},    {building, provisioning},  {building, failed},          {building, cancelled},
    {building, queued},     {provisioning, deploying}, {provisioning, failed},      {provisioning, cancelled},
    {provisioning, queued}, {deploying, healthy},      {deploying, failed},         {deploying, cancelled},
    {deploying, queued},    {healthy, exposed},        {healthy, failed},           {healthy, cancelled},
    {healthy, queued},      {failed, rolling_back},    {rolling_back, rolled_back}, {rolling_back, failed},
    {building, built},      {analyzing, split},
}};

}  // namespace

std::string_view name(Phase phase) {
  for (const auto& [value, text] : kNames)
    if (value == phase) return text;
  return "UNKNOWN";
}

std::optional<Phase> phase_named(std::string_view name) {
  for (const auto& [value, text] : kNames)
    if (text == name) return value;
  return std::nullopt;
}

bool can_move(Phase from, Phase to) { return std::ranges::find(kMoves, std::pair(from, to)) != kMoves.end(); }

bool is_final(Phase phase) {
  return phase == exposed || phase == failed || phase == rolled_back || phase == cancelled || phase == built ||
         phase == superseded || phase == split;
}

bool is_running(Phase phase) { return phase != queued && !is_final(phase); }

}  // namespace podwright
