#include "period.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>

#include "common/error.hpp"

namespace paramnet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const std::string& reason, const std::string& where) {
    throw Error(PARAMNET_STATUS_FILE, {.what = what, .got = "'" + reason + "'", .where = where});
}

std::string padded(std::int64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    return digits.size() >= width ? digits : std::string(width - digits.size(), '0') + digits;
}

std::string ending(const Description& of) { return "_r" + padded(of.rank, 4) + ".nc"; }

// Makes the contents of a file or folder safe from a crash of the machine.
void sync(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("sync", std::strerror(errno), path);
    const int code = ::fsync(descriptor), reason = errno;
    ::close(descriptor);
    if (code != 0 && reason != EINVAL) fail("sync", std::strerror(reason), path);  // EINVAL: a file system without it
}

}  // namespace

std::vector<std::string> files_in(const std::string& folder, const Description& of) {
    std::error_code problem;
    std::vector<std::string> found;
    const std::string start = of.scheme + "_", end = ending(of);
    auto entry = fs::directory_iterator(folder, problem);
    for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
        const std::string name = entry->path().filename().string();
        if (name.size() <= start.size() + end.size() || name.rfind(start, 0) != 0) continue;
        if (name.compare(name.size() - end.size(), end.size(), end) != 0) continue;
        const std::string middle = name.substr(start.size(), name.size() - start.size() - end.size());
        if (std::all_of(middle.begin(), middle.end(), [](char c) { return c >= '0' && c <= '9'; }))
            found.push_back(entry->path().string());
    }
    if (problem) fail("folder", problem.message(), folder);
    std::sort(found.begin(), found.end());
    return found;
}

Period::Period(const std::string& folder, const Description& description, const std::vector<Recorded>& variables,
               std::int64_t number)
    : description_(description),
      number_(number),
      path_(folder + "/" + description.scheme + "_" + padded(number, 8) + ending(description)),
      temporary_(folder + "/." + description.scheme + "_" + padded(number, 8) + ending(description) + "." + description.run + ".incomplete") {
    if (!fs::exists(path_)) return;
    const NetcdfFile earlier = NetcdfFile::open(path_, false);
    require_layout(earlier, path_, description, variables);
    times_ = earlier.numbers("time");
}

Period::~Period() {
    if (!file_) return;
    file_.reset();
    std::error_code ignored;
    fs::remove(temporary_, ignored);
}

bool Period::has(double time) const {
    const double slack = 0.01 * description_.time_step / description_.seconds_per_unit;
    return std::any_of(times_.begin(), times_.end(), [&](double one) { return std::abs(one - time) < slack; });
}

void Period::start(std::vector<Recorded>& variables) {
    for (Recorded& one : variables) one.start_range();
    if (!times_.empty()) return copy_earlier(variables);
    file_.emplace(NetcdfFile::create(temporary_));
    write_header(*file_, description_, variables);
}

void Period::copy_earlier(std::vector<Recorded>& variables) {
    std::error_code problem;
    fs::copy_file(path_, temporary_, fs::copy_options::overwrite_existing, problem);
    if (problem) {
        std::error_code ignored;
        fs::remove(temporary_, ignored);
        fail("copy", problem.message(), temporary_);
    }
    file_.emplace(NetcdfFile::open(temporary_, true));
    for (Recorded& one : variables) {
        const auto range = file_->attribute_numbers(file_->variable(one.name), "actual_range");
        if (range.size() == 2) one.widen_range(range[0], range[1]);
    }
}

void Period::write(double time, std::vector<Recorded>& variables) {
    if (!times_.empty() && time < times_.back())
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT, {.what = "before: time",
                                                       .expected = "a time after " + text(times_.back()),
                                                       .got = text(time),
                                                       .where = path_,
                                                       .remedy = "record into another folder"});
    if (!file_) start(variables);
    const std::size_t record = times_.size();
    file_->put(file_->variable("time"), record, time);
    const auto columns = static_cast<std::size_t>(description_.shape.recorded_columns());
    for (Recorded& one : variables) {
        const std::vector<std::size_t> extents =
            one.profile ? std::vector{static_cast<std::size_t>(description_.shape.levels), columns} : std::vector{columns};
        file_->put(file_->variable(one.name), record, extents, one.values);
        one.widen_range();
    }
    times_.push_back(time);
    ++pending_;
}

void Period::complete(const std::vector<Recorded>& variables) {
    if (!file_) return;
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (const Recorded& one : variables) {
        const bool any = one.low <= one.high;  // false if no value was a number
        const std::vector<double> range{any ? one.low : none, any ? one.high : none};
        file_->attribute(file_->variable(one.name), "actual_range", range, false);
    }
    file_->close();
    sync(temporary_);
    if (fs::exists(path_)) require_layout(NetcdfFile::open(path_, false), path_, description_, variables);
    std::error_code problem;
    fs::rename(temporary_, path_, problem);
    if (problem) fail("rename", problem.message(), path_);
    file_.reset();
    pending_ = 0;
    sync(fs::path(path_).parent_path().string());
}

}  // namespace paramnet
