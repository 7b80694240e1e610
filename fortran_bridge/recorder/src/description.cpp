#include "description.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "checks.hpp"

namespace paramnet {
namespace {

std::string words(const char* text) { return text == nullptr ? "" : text; }

double seconds_of(const std::string& time_units) {
    static constexpr std::array<std::pair<const char*, double>, 8> known{{{"seconds", 1.0},
                                                                         {"second", 1.0},
                                                                         {"minutes", 60.0},
                                                                         {"minute", 60.0},
                                                                         {"hours", 3600.0},
                                                                         {"hour", 3600.0},
                                                                         {"days", 86400.0},
                                                                         {"day", 86400.0}}};
    for (const auto& [name, seconds] : known)
        if (time_units.rfind(std::string(name) + " since ", 0) == 0) return seconds;
    refuse("time_units", "days, hours, minutes or seconds since a date, as in 'days since 0001-01-01'",
           "'" + time_units + "'");
}

void require_positive(const char* what, double value) {
    if (!(value > 0) || !std::isfinite(value)) refuse(what, "a number above zero", text(value));
}

}  // namespace

Description::Description(const paramnet_record_options& options)
    : scheme(words(options.scheme)),
      model(words(options.model)),
      time_units(words(options.time_units)),
      calendar(words(options.calendar)),
      time_step(options.time_step),
      tendency_interval(options.tendency_interval),
      every_step(options.every_step),
      steps_per_file(options.steps_per_file),
      rank(options.rank),
      ranks(options.ranks),
      append(options.append != 0) {
    if (!is_plain(scheme)) refuse("scheme", "a name of letters, digits and _", "'" + scheme + "'");
    seconds_per_unit = seconds_of(time_units);
    require_positive("time_step", time_step);
    if (tendency_interval == 0.0) tendency_interval = time_step;
    require_positive("tendency_interval", tendency_interval);
    require_positive("every_step", static_cast<double>(every_step));
    require_positive("every_column", static_cast<double>(options.every_column));
    shape.every_column = options.every_column;
    if (steps_per_file == 0)
        steps_per_file = std::max<std::int64_t>(1, std::llround(86400.0 / (time_step * static_cast<double>(every_step))));
    require_positive("steps_per_file", static_cast<double>(steps_per_file));
    if (ranks < 1 || rank < 0 || rank >= ranks)
        refuse("rank", "0 to ranks - 1", std::to_string(rank) + " of " + std::to_string(ranks));
}

}  // namespace paramnet
