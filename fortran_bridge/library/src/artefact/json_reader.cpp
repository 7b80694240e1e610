#include "artefact/json_reader.hpp"

#include <algorithm>
#include <utility>

#include "common/error.hpp"

namespace paramnet {
namespace {

const char* const export_again = "write the scheme again with `paramnet export`";

}  // namespace

JsonReader::JsonReader(const Json& object, std::string where, std::string key)
    : object_(object), where_(std::move(where)), key_(std::move(key)) {
    if (!object_.is_object()) fail("", "an object", object_);
}

void JsonReader::fail(std::string_view name, const std::string& expected, const std::string& got) const {
    throw Error(PARAMNET_STATUS_FORMAT,
                {.what = full(name), .expected = expected, .got = got, .where = where_, .remedy = export_again});
}

void JsonReader::fail(std::string_view name, const std::string& expected, const Json& got) const {
    fail(name, expected, got.quote());
}

std::string JsonReader::full(std::string_view name) const {
    if (key_.empty()) return name.empty() ? "the document" : std::string(name);
    return name.empty() ? key_ : key_ + "." + std::string(name);
}

void JsonReader::only(std::initializer_list<std::string_view> keys) const {
    for (const auto& item : object_.object())
        if (std::ranges::find(keys, item.first) == keys.end())
            fail("", "no other keys than those of the format", "key '" + item.first.substr(0, 60) + "'");
}

bool JsonReader::has(const char* name) const {
    const Json* const found = object_.find(name);
    return found != nullptr && !found->is_null();
}

const Json& JsonReader::at(const char* name) const {
    const Json* const found = object_.find(name);
    if (found == nullptr) fail(name, "a value", "nothing");
    return *found;
}

JsonReader JsonReader::object(const char* name) const { return JsonReader(at(name), where_, full(name)); }

const Json::Array& JsonReader::array(const char* name, std::size_t longest) const {
    const Json& value = at(name);
    if (!value.is_array()) fail(name, "a list", value);
    if (value.array().size() > longest)
        fail(name, "at most " + std::to_string(longest) + " entries", std::to_string(value.array().size()));
    return value.array();
}

std::string JsonReader::string(const char* name) const {
    const Json& value = at(name);
    if (!value.is_string()) fail(name, "a text", value);
    return value.string();
}

std::int64_t JsonReader::integer(const char* name) const {
    const Json& value = at(name);
    if (!value.is_integer()) fail(name, "a whole number", value);
    return value.integer();
}

std::int64_t JsonReader::integer(const char* name, std::int64_t lowest, std::int64_t highest) const {
    return integer(at(name), name, lowest, highest);
}

std::int64_t JsonReader::integer(const Json& value, const std::string& name, std::int64_t lowest, std::int64_t highest) const {
    if (!value.is_integer() || value.integer() < lowest || value.integer() > highest)
        fail(name, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest), value);
    return value.integer();
}

bool JsonReader::boolean(const char* name) const {
    const Json& value = at(name);
    if (!value.is_boolean()) fail(name, "true or false", value);
    return value.boolean();
}

double JsonReader::number(const char* name) const {
    const Json& value = at(name);
    if (!value.is_number()) fail(name, "a number", value);
    return value.number();
}

std::vector<double> JsonReader::numbers(const char* name, std::int64_t size) const {
    const Json& value = at(name);
    if (!value.is_array()) fail(name, "a list of numbers", value);
    std::vector<double> result;
    result.reserve(value.array().size());
    for (const Json& item : value.array()) {
        if (!item.is_number()) fail(name, "a list of numbers", "the item " + item.quote());
        result.push_back(item.number());
    }
    if (size >= 0 && std::cmp_not_equal(result.size(), size))
        fail(name, std::to_string(size) + " numbers", std::to_string(result.size()));
    return result;
}

}  // namespace paramnet
