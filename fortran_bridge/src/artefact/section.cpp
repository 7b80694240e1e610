#include "artefact/section.hpp"

#include <limits>
#include <utility>

#include "error.hpp"

namespace paramnet {
namespace {

// Deeper than any manifest; a value's destruction and its text for a message recurse.
constexpr int deepest = 64;
constexpr std::size_t longest_quote = 200;  // characters of a wrong value in a message

const char* const export_again = "; write the scheme again with `paramnet export`";

std::string quote(const Json& value) {
    if (value.is_structured()) return value.type_name();
    const std::string whole = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return whole.size() <= longest_quote ? whole : whole.substr(0, longest_quote) + "...";
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
    const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > deepest)
            throw Error(PARAMNET_STATUS_FORMAT, where + ": expected JSON of at most " + std::to_string(deepest) +
                                                    " levels, got more" + export_again);
        return true;
    };
    try {
        return Json::parse(text, shallow);
    } catch (const Json::exception& problem) {
        throw Error(PARAMNET_STATUS_FORMAT, where + ": expected JSON, got " + problem.what() + export_again);
    }
}

Section::Section(const Json& object, std::string where, std::string key)
    : object_(object), where_(std::move(where)), key_(std::move(key)) {
    if (!object_.is_object()) fail("", "an object", object_.type_name());
}

void Section::fail(const std::string& name, const std::string& expected, const std::string& got) const {
    throw Error(PARAMNET_STATUS_FORMAT,
                where_ + ": " + full(name) + ": expected " + expected + ", got " + got + export_again);
}

std::string Section::full(const std::string& name) const {
    if (key_.empty()) return name.empty() ? "the whole" : name;
    return name.empty() ? key_ : key_ + "." + name;
}

bool Section::has(const char* name) const {
    const auto found = object_.find(name);
    return found != object_.end() && !found->is_null();
}

const Json& Section::at(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) fail(name, "a value", "nothing");
    return *found;
}

Section Section::section(const char* name) const { return Section(at(name), where_, full(name)); }

std::string Section::string(const char* name) const {
    const Json& value = at(name);
    if (!value.is_string()) fail(name, "a text", quote(value));
    return value.get<std::string>();
}

std::int64_t Section::integer(const char* name) const {
    const Json& value = at(name);
    const bool whole = value.is_number_integer();
    if (!whole || (value.is_number_unsigned() &&
                   value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}))
        fail(name, "a whole number", quote(value));
    return value.get<std::int64_t>();
}

bool Section::boolean(const char* name) const {
    const Json& value = at(name);
    if (!value.is_boolean()) fail(name, "true or false", quote(value));
    return value.get<bool>();
}

double Section::number(const char* name) const {
    const Json& value = at(name);
    if (!value.is_number()) fail(name, "a number", quote(value));
    return value.get<double>();
}

std::vector<double> Section::numbers(const char* name, std::int64_t size) const {
    const Json& value = at(name);
    if (!value.is_array()) fail(name, "a list of numbers", value.type_name());
    std::vector<double> result;
    result.reserve(value.size());
    for (const Json& item : value) {
        if (!item.is_number()) fail(name, "a list of numbers", "the item " + quote(item));
        result.push_back(item.get<double>());
    }
    if (size >= 0 && std::cmp_not_equal(result.size(), size))
        fail(name, std::to_string(size) + " numbers", std::to_string(result.size()));
    return result;
}

}  // namespace paramnet
