#include "format/yaml.hh"

#include <libfyaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>

#include "base/text.hh"

namespace podwright {

namespace {

struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

std::string text_of(fy_token* token) {
  size_t length = 0;
  const char* text = token ? fy_token_get_text(token, &length) : nullptr;
  return text ? std::string(text, length) : std::string();
}

// The length of the well-formed UTF-8 character at the start of the text; 0 for anything YAML does not allow.
size_t character_length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  unsigned lead = byte(0);
  if (lead < 0x80) return (lead >= 0x20 && lead != 0x7f) || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) && (lead != 0xc2 || byte(1) >= 0xa0 || byte(1) == 0x85) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    bool surrogate = lead == 0xed && byte(1) >= 0xa0;
    bool no_character = lead == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe;
    return tail(1) && tail(2) && !overlong && !surrogate && !no_character ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    bool outside = (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) >= 0x90);
    return tail(1) && tail(2) && tail(3) && !outside ? 4 : 0;
  }
  return 0;
}

// An event that is given back to the parser at the end of its scope.
class Event {
 public:
  explicit Event(fy_parser* parser) : parser_(parser), event_(fy_parser_parse(parser)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    if (event_) fy_parser_event_free(parser_, event_);
  }
  fy_event* operator->() const { return event_; }
  fy_event* get() const { return event_; }
  explicit operator bool() const { return event_ != nullptr; }

 private:
  fy_parser* parser_;
  fy_event* event_;
};

// Builds nodes from the parser's events. libfyaml's own documents are not used: resolving a small file of nested
// aliases inside them takes gigabytes, while here every expanded node counts against the budget.
class YamlReader {
 public:
  YamlReader(std::string_view text, std::string_view name, const YamlLimits& limits)
      : text_(text), name_(name), limits_(limits) {}

  Result<Yaml> document() {
    TRY(open());
    Yaml root;
    for (bool seen = false;;) {
      Event event(parser_.get());
      if (!event) return fail(syntax_error());
      if (event->type == FYET_STREAM_END) return root;
      if (event->type == FYET_STREAM_START || event->type == FYET_DOCUMENT_END) continue;
      if (event->type == FYET_DOCUMENT_START) {
        if (seen) return fail(at(event, error(ErrorCode::invalid, "a second YAML document begins here")
                                            .with_hint("keep one document in this file")));
        seen = true;
        continue;
      }
      root = TRY(node(event, 1));
    }
  }

 private:
  // The parser scans from a buffer that must outlive it: text_ does.
  Status open() {
    if (text_.size() > limits_.bytes)
      return fail(error(ErrorCode::exhausted, "the file has {} of YAML, more than {}",
                        format_bytes(static_cast<long long>(text_.size())),
                        format_bytes(static_cast<long long>(limits_.bytes))).at(std::string(name_)));
    TRY(check_characters());
    fy_diag_cfg diag_cfg{};
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = nullptr;
    diag_cfg.output_fn = [](fy_diag*, void*, const char*, size_t) {};
    diag_.reset(fy_diag_create(&diag_cfg));
    if (!diag_) return fail(ErrorCode::internal, "the YAML parser did not start");
    fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg cfg{};
    cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 |
                                                FYPCF_JSON_NONE | FYPCF_SLOPPY_FLOW_INDENTATION);
    cfg.diag = diag_.get();
    parser_.reset(fy_parser_create(&cfg));
    if (!parser_ || fy_parser_set_string(parser_.get(), text_.c_str(), text_.size()) != 0)
      return fail(ErrorCode::internal, "the YAML parser did not start");
    return {};
  }

  // libfyaml 0.7 never returns from some malformed UTF-8, so it gets to see none.
  Status check_characters() const {
    int line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < text_.size();) {
      size_t length = character_length(std::string_view(text_).substr(i));
      if (length == 0)
        return fail(error(ErrorCode::invalid, "a byte here is not text that YAML allows")
                        .with_hint("save the file as UTF-8, without control characters")
                        .at(fmt::format("{}:{}:{}", name_, line, i - line_start + 1)));
      if (text_[i] == '\n') ++line, line_start = i + 1;
      i += length;
    }
    return {};
  }

  Result<Yaml> node(const Event& event, int depth) {
    if (depth > limits_.depth)
      return fail(at(event, error(ErrorCode::exhausted, "this is nested more than {} deep", limits_.depth)));
    switch (event->type) {
      case FYET_SCALAR: return scalar(event);
      case FYET_SEQUENCE_START: return sequence(event, depth);
      case FYET_MAPPING_START: return mapping(event, depth);
      case FYET_ALIAS: return alias(event, depth);
      default: return fail(at(event, error(ErrorCode::invalid, "a value is expected here")));
    }
  }

  Result<Yaml> scalar(const Event& event) {
    const auto& data = event->scalar;
    Yaml made = begin(event, data.tag);
    made.scalar = text_of(data.value);
    auto style = data.value ? fy_token_scalar_style(data.value) : FYSS_PLAIN;
    made.plain = style == FYSS_PLAIN || style == FYSS_ANY;
    bool empty = made.plain && (made.scalar.empty() || made.scalar == "~" || to_lower(made.scalar) == "null");
    made.kind = empty ? Yaml::Kind::null : Yaml::Kind::scalar;
    TRY(spend(event, 1, made.scalar.size()));
    return remember(event, data.anchor, std::move(made));
  }

  Result<Yaml> sequence(const Event& event, int depth) {
    Yaml made = begin(event, event->sequence_start.tag);
    made.kind = Yaml::Kind::sequence;
    TRY(spend(event, 1, 0));
    for (;;) {
      Event next(parser_.get());
      if (!next) return fail(syntax_error());
      if (next->type == FYET_SEQUENCE_END) break;
      made.children.push_back(TRY(node(next, depth + 1)));
    }
    return remember(event, event->sequence_start.anchor, std::move(made));
  }

  Result<Yaml> mapping(const Event& event, int depth) {
    Yaml made = begin(event, event->mapping_start.tag);
    made.kind = Yaml::Kind::mapping;
    TRY(spend(event, 1, 0));
    std::map<std::string, int, std::less<>> lines;  // of the keys seen
    std::vector<Yaml> merged;
    for (;;) {
      Event key(parser_.get());
      if (!key) return fail(syntax_error());
      if (key->type == FYET_MAPPING_END) break;
      Yaml name = TRY(node(key, depth + 1));
      if (!name.is_scalar() && !name.is_null())
        return fail(at(key, error(ErrorCode::invalid, "a key must be plain text")));
      Event value(parser_.get());
      if (!value) return fail(syntax_error());
      Yaml child = TRY(node(value, depth + 1));
      if (name.scalar == "<<" && name.plain) {
        merged.push_back(std::move(child));
        continue;
      }
      auto [first, fresh] = lines.emplace(name.scalar, name.line);
      if (!fresh)
        return fail(at(key, error(ErrorCode::invalid, "the key \"{}\" is here twice", printable(name.scalar))
                                .with_hint(fmt::format("it was first given on line {}", first->second))));
      child.key = std::move(name.scalar);
      child.key_line = name.line;
      child.key_column = name.column;
      made.children.push_back(std::move(child));
    }
    for (const auto& source : merged) TRY(merge(event, made, source, lines));
    return remember(event, event->mapping_start.anchor, std::move(made));
  }

  // `<<: *base` or `<<: [*one, *two]`: keys of the mapping itself win, then the earlier source.
  Status merge(const Event& event, Yaml& into, const Yaml& source, std::map<std::string, int, std::less<>>& seen) {
    if (source.is_sequence()) {
      for (const auto& each : source.children) {
        if (!each.is_mapping()) return fail(at(event, error(ErrorCode::invalid, "<< merges mappings only")));
        TRY(merge(event, into, each, seen));
      }
      return {};
    }
    if (source.is_null()) return {};
    if (!source.is_mapping()) return fail(at(event, error(ErrorCode::invalid, "<< merges mappings only")));
    for (const auto& child : source.children)
      if (seen.emplace(child.key, child.key_line).second) into.children.push_back(child);
    return {};
  }

  Result<Yaml> alias(const Event& event, int depth) {
    std::string anchor = text_of(event->alias.anchor);
    auto known = anchors_.find(anchor);
    if (known == anchors_.end())
      return fail(at(event, error(ErrorCode::invalid, "no anchor is called \"{}\" before this alias", printable(anchor))));
    if (depth + known->second.depth > limits_.depth)
      return fail(at(event, error(ErrorCode::exhausted, "this is nested more than {} deep", limits_.depth)));
    TRY(spend(event, known->second.nodes, known->second.bytes));
    return known->second.node;
  }

  struct Anchored {
    Yaml node;
    size_t nodes = 0;
    size_t bytes = 0;
    int depth = 0;
  };

  static void measure(const Yaml& node, int depth, Anchored& into) {
    ++into.nodes;
    into.bytes += node.scalar.size() + node.key.size();
    into.depth = std::max(into.depth, depth);
    for (const auto& child : node.children) measure(child, depth + 1, into);
  }

  // Keeps a copy for later aliases; the copy counts as well.
  Result<Yaml> remember(const Event& event, fy_token* anchor, Yaml made) {
    if (!anchor) return made;
    Anchored kept;
    measure(made, 0, kept);
    TRY(spend(event, kept.nodes, kept.bytes));
    kept.node = made;
    anchors_.insert_or_assign(text_of(anchor), std::move(kept));
    return made;
  }

  Status spend(const Event& event, size_t nodes, size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ <= limits_.nodes && bytes_ <= limits_.expanded) return {};
    return fail(at(event, error(ErrorCode::exhausted, "the YAML is too large once its aliases are expanded")));
  }

  static Yaml begin(const Event& event, fy_token* tag) {
    Yaml made;
    if (const fy_mark* mark = fy_event_start_mark(event.get())) {
      made.line = mark->line + 1;
      made.column = mark->column + (event->type == FYET_ALIAS ? 0 : 1);  // an alias is marked after its '*'
    }
    made.tag = text_of(tag);
    return made;
  }

  Error at(const Event& event, Error error) const {
    Yaml position = begin(event, nullptr);
    return std::move(error).at(fmt::format("{}:{}:{}", name_, position.line, position.column));
  }

  Error syntax_error() const {
    void* cursor = nullptr;
    const fy_diag_error* first = fy_diag_errors_iterate(diag_.get(), &cursor);
    if (!first) return error(ErrorCode::invalid, "this is not YAML").at(std::string(name_));
    return error(ErrorCode::invalid, "{}", printable(first->msg ? first->msg : "this is not YAML"))
        .at(fmt::format("{}:{}:{}", name_, std::max(first->line, 0) + 1, std::max(first->column, 0) + 1));
  }

  std::string text_;
  std::string name_;
  YamlLimits limits_;
  std::unique_ptr<fy_diag, DiagDeleter> diag_;
  std::unique_ptr<fy_parser, ParserDeleter> parser_;
  std::map<std::string, Anchored> anchors_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

const Yaml* Yaml::find(std::string_view name) const {
  if (!is_mapping()) return nullptr;
  auto found = std::ranges::find(children, name, &Yaml::key);
  return found == children.end() ? nullptr : &*found;
}

std::string_view Yaml::text(std::string_view name) const {
  const Yaml* child = find(name);
  return child && child->is_scalar() ? std::string_view(child->scalar) : std::string_view();
}

std::optional<bool> Yaml::boolean() const {
  if (!is_scalar() || !plain) return std::nullopt;
  if (scalar == "true" || scalar == "True" || scalar == "TRUE") return true;
  if (scalar == "false" || scalar == "False" || scalar == "FALSE") return false;
  return std::nullopt;
}

std::optional<long long> Yaml::integer() const {
  if (!is_scalar() || !plain) return std::nullopt;
  std::string_view digits = scalar;
  if (digits.starts_with("+")) digits.remove_prefix(1);
  int base = digits.starts_with("0x") ? 16 : digits.starts_with("0o") ? 8 : 10;
  if (base != 10) digits.remove_prefix(2);
  if (base != 10 && digits.starts_with("-")) return std::nullopt;
  long long value = 0;
  auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (status != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Result<Yaml> parse_yaml(std::string_view text, std::string_view name, const YamlLimits& limits) {
  return YamlReader(text, name, limits).document();
}

}  // namespace podwright
