/* Counts the calls of malloc and related functions (glibc) in the entire program, including gfortran's library. */
#include <stddef.h>
#include <stdint.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static int64_t count = 0;

int64_t allocations(void);
int64_t allocations(void) { return count; }

void *malloc(size_t size) {
    ++count;
    return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
    ++count;
    return __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size) {
    ++count;
    return __libc_realloc(memory, size);
}
