#include "artefact/json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::size_t deepest = 64;        // deeper than any manifest; destruction of a tree recurses
constexpr std::size_t longest_quote = 60;  // characters of a wrong value in a message

// Called by nlohmann's parser, which prescribes the names.
class Builder {
public:
    explicit Builder(const std::string& where) : where_(where) {}

    bool null() { return add(Json()); }
    bool boolean(bool value) { return add(Json(value)); }
    bool number_integer(std::int64_t value) { return add(Json(value)); }
    bool number_unsigned(std::uint64_t value) {
        if (value > static_cast<std::uint64_t>(INT64_MAX)) return add(Json(static_cast<double>(value)));
        return add(Json(static_cast<std::int64_t>(value)));
    }
    bool number_float(double value, const std::string&) { return add(Json(value)); }
    bool string(std::string& value) { return add(Json(std::move(value))); }
    bool binary(std::vector<std::uint8_t>&) { return false; }
    bool start_object(std::size_t) { return open(Json(Json::Object())); }
    bool start_array(std::size_t) { return open(Json(Json::Array())); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& problem) {
        throw Error(PARAMNET_STATUS_FORMAT,
                    {.what = where_, .expected = "JSON", .got = problem.what(),
                     .remedy = "write the scheme again with `paramnet export`"});
    }

    Json take() { return std::move(root_); }

private:
    // Parents hold their children by value, and a child is in its final place before the next is opened.
    Json& place(Json value) {
        if (open_.empty()) return root_ = std::move(value);
        Json& parent = *open_.back();
        if (parent.is_array()) return parent.array().emplace_back(std::move(value));
        return parent.object().insert_or_assign(std::move(key_), std::move(value)).first->second;
    }
    bool add(Json value) {
        place(std::move(value));
        return true;
    }
    bool open(Json value) {
        if (open_.size() >= deepest)
            throw Error(PARAMNET_STATUS_FORMAT,
                        {.what = where_, .expected = "JSON of at most " + std::to_string(deepest) + " levels",
                         .got = "more", .remedy = "write the scheme again with `paramnet export`"});
        open_.push_back(&place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    const std::string& where_;
    Json root_;
    std::vector<Json*> open_;  // a parent's array grows only while its last child is closed
    std::string key_;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
    const auto found = object().find(name);
    return found == object().end() ? nullptr : &found->second;
}

std::string Json::quote() const {
    if (is_null()) return "null";
    if (is_array()) return "a list";
    if (is_object()) return "an object";
    if (is_boolean()) return boolean() ? "true" : "false";
    if (is_integer()) return std::to_string(integer());
    if (is_number()) return text(number());
    const std::string& words = string();
    return '"' + (words.size() <= longest_quote ? words : words.substr(0, longest_quote) + "...") + '"';
}

Json parse_json(std::string_view text, const std::string& where) {
    Builder builder(where);
    nlohmann::json::sax_parse(text, &builder);
    return builder.take();
}

}  // namespace paramnet
