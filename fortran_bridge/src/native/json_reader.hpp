// Strict reading of one JSON object of program.json: every complaint names file, key, expected and got.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "error.hpp"

namespace paramnet::native {

class JsonReader {
public:
    // key: where in the document `object` stands, "operations[3]".  Both must outlive the reader.
    JsonReader(const nlohmann::json& object, const std::string& path, std::string key)
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

    [[noreturn]] void fail(std::string_view name, const std::string& expected, const nlohmann::json& got) const {
        std::string words = got.is_structured() ? std::string(got.type_name())
                                                : got.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
        if (words.size() > 60) words = words.substr(0, 60) + "...";
        fail(name, expected, words);
    }

    // Refuses keys that nobody would read: they may ask for something else than what would be computed.
    void only(std::initializer_list<std::string_view> keys) const {
        for (const auto& item : object_.items()) {
            bool known = false;
            for (const auto key : keys) known = known || item.key() == key;
            if (!known) fail("", "no other keys than those of the format", std::string("key '") + item.key().substr(0, 60) + "'");
        }
    }

    bool has(const char* name) const { return object_.contains(name) && !object_.at(name).is_null(); }

    const nlohmann::json& at(const char* name) const {
        const auto found = object_.find(name);
        if (found == object_.end()) fail(name, "a value", std::string("nothing"));
        return *found;
    }

    const nlohmann::json& array(const char* name, std::size_t longest) const {
        const auto& value = at(name);
        if (!value.is_array()) fail(name, "a list", value);
        if (value.size() > longest)
            fail(name, "at most " + std::to_string(longest) + " entries", std::to_string(value.size()));
        return value;
    }

    JsonReader object(const char* name) const { return {at(name), path_, key_.empty() ? name : key_ + "." + name}; }

    std::string string(const char* name) const {
        const auto& value = at(name);
        if (!value.is_string()) fail(name, "a text", value);
        return value.get<std::string>();
    }

    // A whole number within [lowest, highest].
    std::int64_t integer(const char* name, std::int64_t lowest, std::int64_t highest) const {
        return integer(at(name), name, lowest, highest);
    }

    std::int64_t integer(const nlohmann::json& value, const std::string& name, std::int64_t lowest,
                         std::int64_t highest) const {
        const std::string expected =
            "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
        const bool whole = value.is_number_integer();
        const bool beyond = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
        if (!whole || beyond || value.get<std::int64_t>() < lowest || value.get<std::int64_t>() > highest)
            fail(name, expected, value);
        return value.get<std::int64_t>();
    }

    double number(const char* name) const {
        const auto& value = at(name);
        if (!value.is_number()) fail(name, "a number", value);
        return value.get<double>();
    }

    bool boolean(const char* name) const {
        const auto& value = at(name);
        if (!value.is_boolean()) fail(name, "true or false", value);
        return value.get<bool>();
    }

private:
    const nlohmann::json& object_;
    const std::string& path_;
    std::string key_;
};

}  // namespace paramnet::native
