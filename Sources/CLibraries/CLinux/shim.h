// Linux's system calls that the toolchain's Glibc module leaves out. Wrapped by Reactor alone.
#pragma once
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

// These hide behind _GNU_SOURCE, which a module compiled earlier may not have had.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int fallocate(int descriptor, int mode, off_t offset, off_t count);
extern int sync_file_range(int descriptor, off_t offset, off_t count, unsigned int flags);
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern ssize_t preadv2(int descriptor, const struct iovec *parts, int count, off_t offset, int flags);

enum {
    apus_fallocate_keep_size = 1,
    apus_sync_file_range_write = 2,
    apus_rwf_nowait = 8,
};

// F_OFD_SETLK. fcntl is variadic, and Swift calls no variadic functions.
enum { apus_f_ofd_setlk = 37 };

// Locks a whole file against everybody else, those included who lock with plain fcntl as Java does. The lock is the open
// file's, not the process's, so that closing another descriptor of the file does not lose it.
static inline int apus_lock(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, apus_f_ofd_setlk, &lock);
}

// The union in epoll_event, from Swift's side a plain number.
static inline void apus_epoll_set(struct epoll_event *event, uint32_t interest, uint64_t token) {
    event->events = interest;
    event->data.u64 = token;
}
static inline uint64_t apus_epoll_token(const struct epoll_event *event) { return event->data.u64; }
