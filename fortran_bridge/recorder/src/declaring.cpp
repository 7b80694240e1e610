// What a host declares before the first step: columns, levels, constants and arrays.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <locale>
#include <random>
#include <sstream>
#include <utility>

#include "checks.hpp"
#include "recorder.hpp"

namespace paramnet {
namespace {

void require_count(const char* what, std::int64_t count) {
    if (count < 1) refuse(what, "one or more", std::to_string(count));
}

std::string new_run() {
    std::random_device source;
    std::ostringstream digits;
    digits.imbue(std::locale::classic());
    digits << std::hex << std::setfill('0');
    for (int word = 0; word < 2; ++word) digits << std::setw(8) << (source() & 0xffffffffU);
    return digits.str();
}

std::vector<double> copied(const char* what, const double* values, std::int64_t count, bool reversed = false) {
    if (values == nullptr) refuse(what, "an address", "NULL");
    std::vector<double> list(values, values + count);
    for (const double value : list)
        if (!std::isfinite(value)) refuse(what, "finite numbers", text(value));
    if (reversed) std::reverse(list.begin(), list.end());
    return list;
}

std::vector<double> thinned(const std::vector<double>& values, std::int64_t every) {
    std::vector<double> kept;
    for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(every)) kept.push_back(values[at]);
    return kept;
}

std::vector<double> middles(const std::vector<double>& interfaces) {
    std::vector<double> middle(interfaces.size() - 1);
    for (std::size_t at = 0; at < middle.size(); ++at) middle[at] = 0.5 * (interfaces[at] + interfaces[at + 1]);
    return middle;
}

// As names of variables and attributes of the files, and of a contract.
void require_name(const std::string& name) {
    static const std::vector<std::string> taken{"time",  "level", "column", "interface",   "latitude",    "longitude", "area",
                                                "a_mid", "b_mid", "height", "a_interface", "b_interface"};
    if (!is_plain(name) || (name[0] >= '0' && name[0] <= '9'))
        refuse("name", "letters, digits and _, a letter first", "'" + name + "'");
    if (std::find(taken.begin(), taken.end(), name) != taken.end())
        refuse("name", "a name that the files do not use for a coordinate", "'" + name + "'");
}

}  // namespace

Recorder::Recorder(std::string folder, const paramnet_record_options& options)
    : folder_(std::move(folder)), description_(options) {
    std::error_code problem;
    if (!std::filesystem::is_directory(folder_, problem))
        throw Error(PARAMNET_STATUS_FILE, {.what = "folder",
                                           .expected = "an existing folder",
                                           .got = "none",
                                           .where = folder_,
                                           .remedy = "make it before the run"});
    const auto earlier = files_in(folder_, description_);
    if (!earlier.empty() && !description_.append)
        throw Error(PARAMNET_STATUS_FILE, {.what = "folder",
                                           .expected = "none of the files of " + description_.scheme,
                                           .got = std::to_string(earlier.size()),
                                           .where = folder_,
                                           .remedy = "remove them, or set append on a restart"});
    description_.run = earlier.empty() ? new_run() : NetcdfFile::open(earlier.back(), false).text_attribute("paramnet_run");
}

void Recorder::require_open_description(const char* what) const {
    if (!variables_.empty()) refuse(what, "a call before the first step", "one after it");
}

void Recorder::columns(std::int64_t count, const double* latitude, const double* longitude, const double* area) {
    require_open_description("columns");
    require_count("columns", count);
    if (!arrays_.empty()) refuse("columns", "a call before arrays are bound", "one after it");
    const std::int64_t every = description_.shape.every_column;
    description_.latitude = thinned(copied("latitude", latitude, count), every);
    description_.longitude = thinned(copied("longitude", longitude, count), every);
    for (const double value : description_.latitude)
        if (std::abs(value) > 90.0) refuse("latitude", "degrees north, from -90 to 90", text(value));
    description_.area.clear();
    if (area != nullptr) description_.area = thinned(copied("area", area, count), every);
    for (const double value : description_.area)
        if (!(value > 0)) refuse("area", "areas above zero", text(value));
    description_.shape.columns = count;
}

void Recorder::levels(std::int64_t count, const double* a_interface, const double* b_interface, const double* a_mid,
                      const double* b_mid, bool bottom_first) {
    require_open_description("levels");
    require_count("levels", count);
    if (!arrays_.empty()) refuse("levels", "a call before arrays are bound", "one after it");
    const auto a = copied("a_interface", a_interface, count + 1, bottom_first);
    const auto b = copied("b_interface", b_interface, count + 1, bottom_first);
    for (std::size_t at = 0; at + 1 < a.size(); ++at)
        if (!(a[at + 1] + b[at + 1] * 1.0e5 > a[at] + b[at] * 1.0e5))
            refuse("levels", "pressures that rise from the top down, in the order given",
                   text(a[at] + b[at] * 1.0e5) + " Pa above " + text(a[at + 1] + b[at + 1] * 1.0e5) + " Pa");
    description_.a_mid = a_mid == nullptr ? middles(a) : copied("a_mid", a_mid, count, bottom_first);
    description_.b_mid = b_mid == nullptr ? middles(b) : copied("b_mid", b_mid, count, bottom_first);
    description_.a_interface = a;
    description_.b_interface = b;
    description_.height.clear();
    description_.shape.levels = count;
}

void Recorder::heights(std::int64_t count, const double* height, bool bottom_first) {
    require_open_description("heights");
    require_count("heights", count);
    if (!arrays_.empty()) refuse("heights", "a call before arrays are bound", "one after it");
    description_.height = copied("height", height, count, bottom_first);
    for (std::size_t at = 0; at + 1 < description_.height.size(); ++at)
        if (!(description_.height[at] > description_.height[at + 1]))
            refuse("heights", "heights that fall from the top down, in the order given", text(description_.height[at + 1]));
    for (auto* values : {&description_.a_mid, &description_.b_mid, &description_.a_interface, &description_.b_interface})
        values->clear();
    description_.shape.levels = count;
}

void Recorder::constant(const std::string& name, double value) {
    require_open_description("constant");
    require_name(name);
    if (!std::isfinite(value)) refuse(name, "a finite number", text(value));
    auto& constants = description_.constants;
    const auto found = std::find_if(constants.begin(), constants.end(), [&](const auto& one) { return one.first == name; });
    if (found == constants.end())
        constants.emplace_back(name, value);
    else
        found->second = value;
}

void Recorder::bind(std::int32_t role, const std::string& name, const std::string& units, const std::string& standard_name,
                    const paramnet_array& array) {
    if (role < PARAMNET_RECORD_INPUT || role > PARAMNET_RECORD_STATE)
        refuse(name, "role 0, 1 or 2", std::to_string(role));
    require_name(name);
    if (units.empty()) refuse(name, "units, '1' for a number without", "none");
    if (description_.shape.columns == 0) refuse(name, "columns to be declared", "none", "call columns before binding");
    BoundArray bound(role, name, array, description_.shape);
    const auto found = std::find_if(arrays_.begin(), arrays_.end(), [&](const auto& one) { return one.name() == name; });
    if (found == arrays_.end()) {
        require_open_description("bind");
        arrays_.push_back(std::move(bound));
        units_.push_back(units);
        standard_names_.push_back(standard_name);
        return;
    }
    const auto at = static_cast<std::size_t>(found - arrays_.begin());
    if (found->role() != role || found->profile() != bound.profile() || units_[at] != units)
        refuse(name, "the role, levels and units bound before", "others");
    bound.before = std::move(found->before);  // the array may move between before and after
    *found = std::move(bound);
}

}  // namespace paramnet
