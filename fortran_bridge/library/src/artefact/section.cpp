#include "artefact/section.hpp"

#include <utility>

#include "common/error.hpp"

namespace paramnet {
namespace {

const char* const export_again = "; write the scheme again with `paramnet export`";

}  // namespace

Section::Section(const Json& object, std::string where, std::string key)
    : object_(object), where_(std::move(where)), key_(std::move(key)) {
    if (!object_.is_object()) fail("", "an object", object_.quote());
}

void Section::fail(const std::string& name, const std::string& expected, const std::string& got) const {
    throw Error(PARAMNET_STATUS_FORMAT,
                where_ + ": " + full(name) + ": expected " + expected + ", got " + got + export_again);
}

std::string Section::full(const std::string& name) const {
    if (key_.empty()) return name.empty() ? "the document" : name;
    return name.empty() ? key_ : key_ + "." + name;
}

bool Section::has(const char* name) const {
    const Json* const found = object_.find(name);
    return found != nullptr && !found->is_null();
}

const Json& Section::at(const char* name) const {
    const Json* const found = object_.find(name);
    if (found == nullptr) fail(name, "a value", "nothing");
    return *found;
}

Section Section::section(const char* name) const { return Section(at(name), where_, full(name)); }

std::string Section::string(const char* name) const {
    const Json& value = at(name);
    if (!value.is_string()) fail(name, "a text", value.quote());
    return value.string();
}

std::int64_t Section::integer(const char* name) const {
    const Json& value = at(name);
    if (!value.is_integer()) fail(name, "a whole number", value.quote());
    return value.integer();
}

bool Section::boolean(const char* name) const {
    const Json& value = at(name);
    if (!value.is_boolean()) fail(name, "true or false", value.quote());
    return value.boolean();
}

double Section::number(const char* name) const {
    const Json& value = at(name);
    if (!value.is_number()) fail(name, "a number", value.quote());
    return value.number();
}

std::vector<double> Section::numbers(const char* name, std::int64_t size) const {
    const Json& value = at(name);
    if (!value.is_array()) fail(name, "a list of numbers", value.quote());
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
