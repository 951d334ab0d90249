#include "format/xml.hh"

#include <algorithm>
#include <pugixml.hpp>

#include "base/text.hh"

namespace podwright {

namespace {

constexpr int max_depth = 64;

// Offsets into the text to lines, by a search among the line ends.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') ends_.push_back(static_cast<std::ptrdiff_t>(i));
  }
  int of(std::ptrdiff_t offset) const {
    return 1 + static_cast<int>(std::ranges::lower_bound(ends_, offset) - ends_.begin());
  }

 private:
  std::vector<std::ptrdiff_t> ends_;
};

std::string local_name(std::string_view name) {
  auto colon = name.find(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

Status convert(const pugi::xml_node& node, const Lines& lines, std::string_view name, int depth, Xml& into) {
  into.line = lines.of(node.offset_debug());
  if (depth > max_depth)
    return fail(error(ErrorCode::exhausted, "this is nested more than {} deep", max_depth)
                    .at(fmt::format("{}:{}", name, into.line)));
  into.name = local_name(node.name());
  for (const auto& attribute : node.attributes()) into.attributes.emplace(local_name(attribute.name()), attribute.value());
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element)
      TRY(convert(child, lines, name, depth + 1, into.children.emplace_back()));
    else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      into.text += child.value();
  }
  into.text = std::string(trim(into.text));
  return {};
}

}  // namespace

const Xml* Xml::find(std::string_view child) const {
  auto found = std::ranges::find(children, child, &Xml::name);
  return found == children.end() ? nullptr : &*found;
}

const Xml* Xml::at(std::initializer_list<std::string_view> path) const {
  const Xml* node = this;
  for (auto each : path) {
    node = node->find(each);
    if (!node) return nullptr;
  }
  return node;
}

std::string_view Xml::text_at(std::initializer_list<std::string_view> path) const {
  const Xml* node = at(path);
  return node ? std::string_view(node->text) : std::string_view();
}

std::string_view Xml::attribute(std::string_view attribute_name) const {
  auto found = attributes.find(attribute_name);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<const Xml*> Xml::all(std::string_view child) const {
  std::vector<const Xml*> found;
  for (const auto& each : children)
    if (each.name == child) found.push_back(&each);
  return found;
}

Result<Xml> parse_xml(std::string_view text, std::string_view name, size_t max_bytes) {
  if (text.size() > max_bytes)
    return fail(error(ErrorCode::exhausted, "the file has more than {} of XML",
                      format_bytes(static_cast<long long>(max_bytes))).at(std::string(name)));
  Lines lines(text);
  pugi::xml_document document;
  auto status = document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!status)
    return fail(error(ErrorCode::invalid, "{}", status.description())
                    .at(fmt::format("{}:{}", name, lines.of(status.offset))));
  Xml root;
  TRY(convert(document.document_element(), lines, name, 0, root));
  return root;
}

}  // namespace podwright
