// The header of a file: dimensions, coordinates, variables and attributes by the CF conventions.
#include <array>
#include <ctime>
#include <locale>
#include <sstream>

#include "common/error.hpp"
#include "description.hpp"
#include "paramnet_version.h"

namespace paramnet {
namespace {

constexpr const char* hybrid = "atmosphere_hybrid_sigma_pressure_coordinate";

struct Coordinate {
    const char* name;
    const char* dimension;
    const char* standard_name;
    const char* long_name;
    const char* units;
    const std::vector<double>* values;
};

std::array<Coordinate, 8> coordinates(const Description& of) {
    return {{{"latitude", "column", "latitude", "latitude", "degrees_north", &of.latitude},
             {"longitude", "column", "longitude", "longitude", "degrees_east", &of.longitude},
             {"area", "column", "", "area that the column stands for", "1", &of.area},
             {"a_mid", "level", "", "pressure = a_mid + b_mid surface pressure at mid-levels", "Pa", &of.a_mid},
             {"b_mid", "level", "", "pressure = a_mid + b_mid surface pressure at mid-levels", "1", &of.b_mid},
             {"a_interface", "interface", "", "the same at interfaces of levels", "Pa", &of.a_interface},
             {"b_interface", "interface", "", "the same at interfaces of levels", "1", &of.b_interface},
             {"height", "level", "height", "height above the surface", "m", &of.height}}};
}

std::string now() {
    const std::time_t seconds = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

std::string surface_pressure(const std::vector<Recorded>& variables) {
    for (const Recorded& one : variables)
        if (one.name == "surface_air_pressure" || one.standard_name == "surface_air_pressure") return one.name;
    return "";
}

void describe_file(NetcdfFile& file, const Description& of, const std::vector<Recorded>& variables) {
    constexpr int all = NetcdfFile::whole_file;
    file.attribute(all, "Conventions", "CF-1.11, ACDD-1.3");
    file.attribute(all, "title", "Inputs and outputs of " + of.scheme);
    file.attribute(all, "summary", "Inputs and outputs of " + of.scheme + " in a model, recorded to train a scheme.");
    file.attribute(all, "keywords", "climate model, parameterization, machine learning");
    if (!of.model.empty()) file.attribute(all, "source", of.model);
    file.attribute(all, "history", now() + " recorded by paramnet " + PARAMNET_VERSION_STRING);
    file.attribute(all, "paramnet_scheme", of.scheme);
    file.attribute(all, "paramnet_layout", layout_of(of, variables));
    file.attribute(all, "paramnet_run", of.run);
    file.attribute(all, "time_step_seconds", std::vector{of.time_step});
    file.attribute(all, "tendency_interval_seconds", std::vector{of.tendency_interval});
    file.attribute(all, "paramnet_rank", std::vector{static_cast<double>(of.rank)});
    file.attribute(all, "paramnet_ranks", std::vector{static_cast<double>(of.ranks)});
    for (const auto& [name, value] : of.constants) file.attribute(all, name, std::vector{value});
}

void define_time(NetcdfFile& file, const Description& of, int dimension) {
    const int time = file.add_variable("time", true, {dimension});
    file.attribute(time, "standard_name", "time");
    file.attribute(time, "long_name", "start of the step");
    file.attribute(time, "units", of.time_units);
    file.attribute(time, "calendar", of.calendar);
}

// The index of levels, with the formula of their pressure if the surface pressure is recorded.
void define_levels(NetcdfFile& file, const Description& of, const std::vector<Recorded>& variables, int dimension) {
    const int level = file.add_variable("level", true, {dimension});
    file.attribute(level, "axis", "Z");
    file.attribute(level, "units", "1");
    file.attribute(level, "long_name", "level, from the top");
    file.attribute(level, "positive", "down");
    const std::string pressure = surface_pressure(variables);
    if (of.a_mid.empty() || pressure.empty()) return;
    file.attribute(level, "standard_name", hybrid);
    file.attribute(level, "formula_terms", "ap: a_mid b: b_mid ps: " + pressure);
}

void define_variable(NetcdfFile& file, const Recorded& one, int time, int level, int column) {
    const auto dimensions = one.profile ? std::vector{time, level, column} : std::vector{time, column};
    const int number = file.add_variable(one.name, false, dimensions);
    if (!one.standard_name.empty()) file.attribute(number, "standard_name", one.standard_name);
    file.attribute(number, "long_name", one.long_name);
    file.attribute(number, "units", one.units);
    file.attribute(number, "coordinates", "latitude longitude");
    file.attribute(number, "cell_methods", "time: point");
    file.attribute(number, "coverage_content_type", "modelResult");
    file.attribute(number, "paramnet_role", one.output ? "output" : "input");
    file.attribute(number, "actual_range", {0.0, 0.0}, false);
}

}  // namespace

std::string layout_of(const Description& of, const std::vector<Recorded>& variables) {
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out.precision(17);
    const auto list = [&out](const char* name, const std::vector<double>& values) {
        out << name << ':';
        for (const double value : values) out << ' ' << value;
        out << '\n';
    };
    out << of.scheme << '\n' << of.time_units << '\n' << of.calendar << '\n';
    list("steps", {of.time_step, of.tendency_interval, static_cast<double>(of.every_step),
                   static_cast<double>(of.steps_per_file)});
    list("columns", {static_cast<double>(of.shape.columns), static_cast<double>(of.shape.every_column),
                     static_cast<double>(of.ranks)});
    for (const Coordinate& one : coordinates(of))
        if (std::string(one.dimension) != "column") list(one.name, *one.values);
    for (const auto& [name, value] : of.constants) list(name.c_str(), {value});
    for (const Recorded& one : variables)
        out << one.name << ' ' << one.units << ' ' << one.standard_name << ' ' << one.output << one.profile << '\n';
    return out.str();
}

void require_layout(const NetcdfFile& file, const std::string& path, const Description& of,
                    const std::vector<Recorded>& variables) {
    const auto refuse = [&path](const char* what, const char* expected, const char* got) {
        throw Error(PARAMNET_STATUS_CONTRACT_MISMATCH,
                    {.what = what, .expected = expected, .got = got, .where = path, .remedy = "record into another folder"});
    };
    if (file.text_attribute("paramnet_run") != of.run) refuse("folder", "files of one run", "those of another too");
    if (file.text_attribute("paramnet_layout") != layout_of(of, variables))
        refuse("append", "the variables, units, levels and options of this run", "others");
    // Another division of the model among the same number of ranks has other columns in each file.
    if (file.numbers("latitude") != of.latitude || file.numbers("longitude") != of.longitude)
        refuse("columns", "the positions of this rank's columns", "others, as of another division among ranks");
}

void write_header(NetcdfFile& file, const Description& of, const std::vector<Recorded>& variables) {
    const int time = file.add_dimension("time", 0);
    const int column = file.add_dimension("column", static_cast<std::size_t>(of.shape.recorded_columns()));
    const int level = of.shape.levels > 0 ? file.add_dimension("level", static_cast<std::size_t>(of.shape.levels)) : -1;
    const int interface = of.a_interface.empty() ? -1 : file.add_dimension("interface", of.a_interface.size());
    describe_file(file, of, variables);
    define_time(file, of, time);
    if (level >= 0) define_levels(file, of, variables, level);
    for (const Coordinate& one : coordinates(of)) {
        if (one.values->empty()) continue;
        const std::string along = one.dimension;
        const int number = file.add_variable(one.name, true, {along == "column" ? column : along == "level" ? level : interface});
        if (*one.standard_name != '\0') file.attribute(number, "standard_name", one.standard_name);
        file.attribute(number, "long_name", one.long_name);
        file.attribute(number, "units", one.units);
        file.attribute(number, "coverage_content_type", "coordinate");
    }
    for (const Recorded& one : variables) define_variable(file, one, time, level, column);
    file.end_definitions();
    for (const Coordinate& one : coordinates(of))
        if (!one.values->empty()) file.put(file.variable(one.name), *one.values);
    if (level < 0) return;
    std::vector<double> numbers(static_cast<std::size_t>(of.shape.levels));
    for (std::size_t at = 0; at < numbers.size(); ++at) numbers[at] = static_cast<double>(at + 1);
    file.put(file.variable("level"), numbers);
}

}  // namespace paramnet
