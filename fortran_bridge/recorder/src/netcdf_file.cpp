#include "netcdf_file.hpp"

#include <netcdf.h>

#include <utility>

#include "common/error.hpp"

namespace paramnet {
namespace {

void require_done(int code, const std::string& what, const std::string& path) {
    if (code == NC_NOERR) return;
    const bool of_system = code > 0;  // errno, such as that of a full disk
    throw Error(code == NC_ENOMEM ? PARAMNET_STATUS_OUT_OF_MEMORY : PARAMNET_STATUS_FILE,
                {.what = what,
                 .got = std::string("'") + nc_strerror(code) + "'",
                 .where = path,
                 .remedy = of_system ? "free space or mend the file system; the steps of this file are not recorded" : ""});
}

}  // namespace

NetcdfFile::NetcdfFile(std::string path, int handle) : path_(std::move(path)), handle_(handle) {}

NetcdfFile::NetcdfFile(NetcdfFile&& other) noexcept
    : path_(std::move(other.path_)), handle_(std::exchange(other.handle_, -1)) {}

NetcdfFile::~NetcdfFile() {
    if (handle_ >= 0) nc_abort(handle_);
}

NetcdfFile NetcdfFile::create(const std::string& path) {
    int handle = -1, earlier = 0;
    require_done(nc_create(path.c_str(), NC_CLOBBER | NC_64BIT_OFFSET, &handle), "create", path);
    NetcdfFile file(path, handle);
    file.require(nc_set_fill(handle, NC_NOFILL, &earlier), "create");
    return file;
}

NetcdfFile NetcdfFile::open(const std::string& path, bool writable) {
    int handle = -1;
    require_done(nc_open(path.c_str(), writable ? NC_WRITE : NC_NOWRITE, &handle), "open", path);
    return {path, handle};
}

void NetcdfFile::require(int code, const std::string& what) const { require_done(code, what, path_); }

int NetcdfFile::add_dimension(const std::string& name, std::size_t size) {
    int number = -1;
    require(nc_def_dim(handle_, name.c_str(), size == 0 ? NC_UNLIMITED : size, &number), name);
    return number;
}

int NetcdfFile::add_variable(const std::string& name, bool wide, const std::vector<int>& dimensions) {
    int number = -1;
    const auto count = static_cast<int>(dimensions.size());
    require(nc_def_var(handle_, name.c_str(), wide ? NC_DOUBLE : NC_FLOAT, count, dimensions.data(), &number), name);
    return number;
}

void NetcdfFile::attribute(int variable, const std::string& name, const std::string& value) {
    require(nc_put_att_text(handle_, variable, name.c_str(), value.size(), value.c_str()), name);
}

void NetcdfFile::attribute(int variable, const std::string& name, const std::vector<double>& values, bool wide) {
    const nc_type type = wide ? NC_DOUBLE : NC_FLOAT;
    require(nc_put_att_double(handle_, variable, name.c_str(), type, values.size(), values.data()), name);
}

void NetcdfFile::end_definitions() { require(nc_enddef(handle_), "header"); }

int NetcdfFile::variable(const std::string& name) const {
    int number = -1;
    require(nc_inq_varid(handle_, name.c_str(), &number), name);
    return number;
}

std::vector<double> NetcdfFile::numbers(const std::string& name) const {
    const int number = variable(name);
    int dimensions = 0, dimension = -1;
    std::size_t size = 0;
    require(nc_inq_varndims(handle_, number, &dimensions), name);
    if (dimensions != 1)
        throw Error(PARAMNET_STATUS_FORMAT, {.what = name,
                                             .expected = "one dimension",
                                             .got = std::to_string(dimensions),
                                             .where = path_,
                                             .remedy = "remove the file"});
    require(nc_inq_vardimid(handle_, number, &dimension), name);
    require(nc_inq_dimlen(handle_, dimension, &size), name);
    std::vector<double> values(size);
    if (size > 0) require(nc_get_var_double(handle_, number, values.data()), name);
    return values;
}

std::string NetcdfFile::text_attribute(const std::string& name) const {
    std::size_t size = 0;
    nc_type type = NC_NAT;
    if (nc_inq_att(handle_, NC_GLOBAL, name.c_str(), &type, &size) != NC_NOERR || type != NC_CHAR) return "";
    std::string text(size, ' ');
    require(nc_get_att_text(handle_, NC_GLOBAL, name.c_str(), text.data()), name);
    return text;
}

std::vector<double> NetcdfFile::attribute_numbers(int variable, const std::string& name) const {
    std::size_t size = 0;
    require(nc_inq_attlen(handle_, variable, name.c_str(), &size), name);
    std::vector<double> values(size);
    require(nc_get_att_double(handle_, variable, name.c_str(), values.data()), name);
    return values;
}

void NetcdfFile::put(int variable, const std::vector<double>& values) {
    require(nc_put_var_double(handle_, variable, values.data()), "write");
}

void NetcdfFile::put(int variable, std::size_t record, double value) {
    require(nc_put_var1_double(handle_, variable, &record, &value), "write");
}

void NetcdfFile::put(int variable, std::size_t record, const std::vector<std::size_t>& extents,
                     const std::vector<float>& values) {
    std::vector<std::size_t> start(extents.size() + 1, 0), count{1};
    start.front() = record;
    count.insert(count.end(), extents.begin(), extents.end());
    require(nc_put_vara_float(handle_, variable, start.data(), count.data(), values.data()), "write");
}

void NetcdfFile::close() {
    const int handle = std::exchange(handle_, -1);
    const int code = nc_close(handle);
    if (code != NC_NOERR) nc_abort(handle);
    require(code, "close");
}

}  // namespace paramnet
