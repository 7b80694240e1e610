// Reads JSON from an untrusted file; errors name file and key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "artefact/json.hpp"

namespace paramnet {

// Reads keys of one JSON object, which must outlive it; every error is Error(PARAMNET_STATUS_FORMAT).
class Section {
public:
    Section(const Json& object, std::string where, std::string key);

    [[noreturn]] void fail(const std::string& name, const std::string& expected, const std::string& got) const;

    bool has(const char* name) const;  // present and not null
    const Json& at(const char* name) const;
    Section section(const char* name) const;
    std::string string(const char* name) const;
    std::int64_t integer(const char* name) const;
    bool boolean(const char* name) const;
    double number(const char* name) const;
    std::vector<double> numbers(const char* name, std::int64_t size) const;  // size -1: any

    const std::string& where() const { return where_; }

private:
    std::string full(const std::string& name) const;

    const Json& object_;
    std::string where_;
    std::string key_;
};

}  // namespace paramnet
