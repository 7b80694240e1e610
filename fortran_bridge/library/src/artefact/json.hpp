// A JSON document as a tree that can be destroyed when memory has run out: destruction of nlohmann::json allocates, and
// would end the program.  nlohmann parses the text, this class holds the result.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace paramnet {

class Json {
public:
    using Array = std::vector<Json>;
    using Object = std::map<std::string, Json, std::less<>>;

    Json() = default;
    template <typename Value>
    explicit Json(Value value) : value_(std::move(value)) {}

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    bool is_boolean() const { return std::holds_alternative<bool>(value_); }
    bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }  // within 64 signed bits
    bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
    bool is_string() const { return std::holds_alternative<std::string>(value_); }
    bool is_array() const { return std::holds_alternative<Array>(value_); }
    bool is_object() const { return std::holds_alternative<Object>(value_); }

    bool boolean() const { return std::get<bool>(value_); }
    std::int64_t integer() const { return std::get<std::int64_t>(value_); }
    double number() const { return is_integer() ? static_cast<double>(integer()) : std::get<double>(value_); }
    const std::string& string() const { return std::get<std::string>(value_); }
    const Array& array() const { return std::get<Array>(value_); }
    const Object& object() const { return std::get<Object>(value_); }
    Array& array() { return std::get<Array>(value_); }
    Object& object() { return std::get<Object>(value_); }

    // The member `name` of an object, or nullptr.
    const Json* find(std::string_view name) const;

    // "an object", or a short text of the value itself, for messages.
    std::string quote() const;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// where: "scheme.pt: paramnet.json".  Throws Error(PARAMNET_STATUS_FORMAT) when `text` is not JSON or nests too deeply.
Json parse_json(std::string_view text, const std::string& where);

}  // namespace paramnet
