#include "remote/unit_properties.hh"

#include <string_view>

#include "remote/bus.hh"

namespace podwright::remote {

namespace {

// Where a property goes; the type in D-Bus's letters tells which of the three is used.
struct Field {
  std::string_view key;
  std::string UnitState::* text = nullptr;
  int UnitState::* number = nullptr;
  bool UnitState::* flag = nullptr;
};

constexpr Field kFields[] = {
    {.key = "LoadState", .text = &UnitState::load},
    {.key = "ActiveState", .text = &UnitState::active},
    {.key = "SubState", .text = &UnitState::sub},
    {.key = "FragmentPath", .text = &UnitState::fragment},
    {.key = "Result", .text = &UnitState::result},
    {.key = "NeedDaemonReload", .flag = &UnitState::needs_reload},
    {.key = "MainPID", .number = &UnitState::main_pid},
    {.key = "ExecMainStatus", .number = &UnitState::exec_status},
    {.key = "ExecMainCode", .number = &UnitState::exec_code},
    {.key = "NRestarts", .number = &UnitState::restarts},
};

const Field* field_of(std::string_view key) {
  for (const auto& field : kFields)
    if (field.key == key) return &field;
  return nullptr;
}

int read_value(sd_bus_message* answer, const Field& field, UnitState& state) {
  if (field.text) {
    const char* text = nullptr;
    int status = sd_bus_message_read(answer, "v", "s", &text);
    if (status >= 0) state.*field.text = text;
    return status;
  }
  if (field.flag) {
    int flag = 0;
    int status = sd_bus_message_read(answer, "v", "b", &flag);
    state.*field.flag = flag != 0;
    return status;
  }
  // Numbers are of 32 bits, signed or not.
  const char* type = nullptr;
  int status = sd_bus_message_peek_type(answer, nullptr, &type);
  return status < 0 ? status : sd_bus_message_read(answer, "v", type, &(state.*field.number));
}

}  // namespace

Result<UnitState> read_properties(sd_bus_message* answer) {
  UnitState state;
  int status = sd_bus_message_enter_container(answer, 'a', "{sv}");
  while (status >= 0 && (status = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
    const char* key = nullptr;
    status = sd_bus_message_read(answer, "s", &key);
    const auto* field = status >= 0 ? field_of(key) : nullptr;
    if (status >= 0) status = field ? read_value(answer, *field, state) : sd_bus_message_skip(answer, "v");
    if (status >= 0) status = sd_bus_message_exit_container(answer);
  }
  if (status < 0) return fail(bus_failure(status, nullptr, "reading a unit"));
  return state;
}

Result<std::vector<UnitState>> read_unit_list(sd_bus_message* answer) {
  std::vector<UnitState> units;
  int status = sd_bus_message_enter_container(answer, 'a', "(ssssssouso)");
  const char *name = nullptr, *load = nullptr, *active = nullptr, *sub = nullptr;
  while (status >= 0 && (status = sd_bus_message_read(answer, "(ssssssouso)", &name, nullptr, &load, &active, &sub,
                                                      nullptr, nullptr, nullptr, nullptr, nullptr)) > 0)
    units.push_back({.name = name, .load = load, .active = active, .sub = sub});
  if (status < 0) return fail(bus_failure(status, nullptr, "listing units"));
  return units;
}

}  // namespace podwright::remote
