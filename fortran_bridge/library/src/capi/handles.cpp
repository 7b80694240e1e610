#include "capi/handles.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "common/error.hpp"

namespace paramnet {
namespace {

constexpr std::uintptr_t slots = 4096;
constexpr std::uintptr_t mark = 0x5AULL << (8 * (sizeof(std::uintptr_t) - 1));  // top byte of every ticket, of no address

// A ticket holds the slot's number and how often the slot has been used.
struct Slot {
    std::atomic<std::uintptr_t> ticket{0};
    std::uintptr_t uses = 0;
    Scheme* scheme = nullptr;
};

std::mutex& table_mutex() {
    static std::mutex mutex;
    return mutex;
}

std::array<Slot, slots>& table() {
    static std::array<Slot, slots> all;
    return all;
}

Slot& find(const paramnet_scheme* handle) {
    const auto ticket = reinterpret_cast<std::uintptr_t>(handle);
    if (ticket == 0)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "scheme: nothing is loaded", .remedy = "call load first and look at its status"});
    Slot& slot = table()[ticket % slots];
    if (slot.ticket.load(std::memory_order_acquire) != ticket)
        throw Error(PARAMNET_STATUS_INVALID_ARGUMENT,
                    {.what = "scheme", .expected = "a handle from load",
                     .got = "one that was freed or never given out"});
    return slot;
}

}  // namespace

paramnet_scheme* open_handle(std::unique_ptr<Scheme> scheme) {
    const std::lock_guard lock(table_mutex());
    for (std::uintptr_t number = 0; number < slots; ++number) {
        Slot& slot = table()[number];
        if (slot.ticket.load(std::memory_order_relaxed) != 0) continue;
        slot.uses += 1;
        slot.scheme = scheme.release();
        const std::uintptr_t ticket = mark | (slot.uses * slots + number);
        slot.ticket.store(ticket, std::memory_order_release);
        return reinterpret_cast<paramnet_scheme*>(ticket);
    }
    throw Error(PARAMNET_STATUS_OUT_OF_MEMORY,
                {.what = "load", .expected = "fewer than " + std::to_string(slots) + " schemes at once",
                 .remedy = "free some"});
}

Scheme& find_scheme(const paramnet_scheme* handle) { return *find(handle).scheme; }

void close_handle(paramnet_scheme* handle) {
    std::unique_ptr<Scheme> scheme;
    {
        const std::lock_guard lock(table_mutex());
        Slot& slot = find(handle);
        slot.ticket.store(0, std::memory_order_release);
        scheme.reset(slot.scheme);
        slot.scheme = nullptr;
    }
}

}  // namespace paramnet
