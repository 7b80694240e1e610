// Strict reading of one JSON object of program.json: every error names file, key, expected and got.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "artefact/json.hpp"
#include "common/error.hpp"

namespace paramnet::native {

class JsonReader {
public:
    // key: position of `object` in the document, "operations[3]".  Both must outlive the reader.
    JsonReader(const Json& object, const std::string& path, std::string key)
        : object_(object), path_(path), key_(std::move(key)) {
        if (!object_.is_object()) fail("", "an object", object_);
    }

    [[noreturn]] void fail(std::string_view name, const std::string& expected, const std::string& got) const {
        std::string place = key_;
        if (!name.empty()) place += (place.empty() ? "" : ".") + std::string(name);
        throw Error(PARAMNET_STATUS_FORMAT, path_ + ": program.json: " + (place.empty() ? "document" : place) +
                                                ": expected " + expected + ", got " + got +
                                                "; write the scheme again with `paramnet export`");
    }

    [[noreturn]] void fail(std::string_view name, const std::string& expected, const Json& got) const {
        fail(name, expected, got.quote());
    }

    // Refuses unknown keys: they may request something that would not be computed.
    void only(std::initializer_list<std::string_view> keys) const {
        for (const auto& item : object_.object()) {
            bool known = false;
            for (const auto key : keys) known = known || item.first == key;
            if (!known) fail("", "no other keys than those of the format", std::string("key '") + item.first.substr(0, 60) + "'");
        }
    }

    bool has(const char* name) const {
        const Json* const found = object_.find(name);
        return found != nullptr && !found->is_null();
    }

    const Json& at(const char* name) const {
        const Json* const found = object_.find(name);
        if (found == nullptr) fail(name, "a value", std::string("nothing"));
        return *found;
    }

    const Json::Array& array(const char* name, std::size_t longest) const {
        const auto& value = at(name);
        if (!value.is_array()) fail(name, "a list", value);
        const Json::Array& list = value.array();
        if (list.size() > longest)
            fail(name, "at most " + std::to_string(longest) + " entries", std::to_string(list.size()));
        return list;
    }

    JsonReader object(const char* name) const { return {at(name), path_, key_.empty() ? name : key_ + "." + name}; }

    std::string string(const char* name) const {
        const auto& value = at(name);
        if (!value.is_string()) fail(name, "a text", value);
        return value.string();
    }

    // An integer within [lowest, highest].
    std::int64_t integer(const char* name, std::int64_t lowest, std::int64_t highest) const {
        return integer(at(name), name, lowest, highest);
    }

    std::int64_t integer(const Json& value, const std::string& name, std::int64_t lowest,
                         std::int64_t highest) const {
        const std::string expected =
            "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
        if (!value.is_integer() || value.integer() < lowest || value.integer() > highest)
            fail(name, expected, value);
        return value.integer();
    }

    double number(const char* name) const {
        const auto& value = at(name);
        if (!value.is_number()) fail(name, "a number", value);
        return value.number();
    }

    bool boolean(const char* name) const {
        const auto& value = at(name);
        if (!value.is_boolean()) fail(name, "true or false", value);
        return value.boolean();
    }

private:
    const Json& object_;
    const std::string& path_;
    std::string key_;
};

}  // namespace paramnet::native
