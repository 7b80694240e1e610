// Reads JSON from an untrusted file; errors name file and key.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "artefact/json.hpp"

namespace paramnet {

// Reads keys of one JSON object, which must outlive it; every error is Error(PARAMNET_STATUS_FORMAT).
class JsonReader {
public:
    // where: the document, "scheme.pt: program.json"; key: the place of `object` in it, "operations[3]".
    JsonReader(const Json& object, std::string where, std::string key);

    [[noreturn]] void fail(std::string_view name, const std::string& expected, const std::string& got) const;
    [[noreturn]] void fail(std::string_view name, const std::string& expected, const Json& got) const;

    // Refuses unknown keys: they may request something that would not be computed.
    void only(std::initializer_list<std::string_view> keys) const;

    bool has(const char* name) const;  // present and not null
    const Json& at(const char* name) const;
    JsonReader object(const char* name) const;
    const Json::Array& array(const char* name, std::size_t longest) const;
    std::string string(const char* name) const;
    std::int64_t integer(const char* name) const;
    std::int64_t integer(const char* name, std::int64_t lowest, std::int64_t highest) const;
    std::int64_t integer(const Json& value, const std::string& name, std::int64_t lowest, std::int64_t highest) const;
    bool boolean(const char* name) const;
    double number(const char* name) const;
    std::vector<double> numbers(const char* name, std::int64_t size) const;  // size -1: any

    const std::string& where() const { return where_; }

private:
    std::string full(std::string_view name) const;

    const Json& object_;
    std::string where_;
    std::string key_;
};

}  // namespace paramnet
