// Preloaded into a program, slows the time that the program sees: with TIME_SCALE=8 eight real seconds look
// to it like one. A link that carries 12.5 Mbit/s then looks to it like one of 100 Mbit/s, and all that the
// program times weighs what it weighs on such a link.
//
//   LD_PRELOAD=libtime_scale.so TIME_SCALE=8 TIME_SCALE_ORIGIN=1700000000 PROGRAM ...
//
// TIME_SCALE is a whole number, 1 where it is missing. TIME_SCALE_ORIGIN is the time of day, in seconds, at
// which the program's clocks and the real ones agree: programs with the same origin agree with each other.
// Without it that moment is the program's first look at a clock.
//
// Slowed are the functions below: those of the C library that the clients, trackers and servers of the
// proving ground import to read a clock or to wait. Not slowed are system calls that a program makes without
// the C library, the clocks of processor time, the times that the kernel gives to files, and the kernel's own
// timers, such as TCP's and SO_RCVTIMEO.

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

namespace {

using Nanoseconds = std::int64_t;

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kForever = std::numeric_limits<Nanoseconds>::max() / 2;  // 146 years

/// The C library's function of that name: the next one after ours.
struct Next {
    const char* name;
    template <class Function>
    operator Function() const {
        return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
    }
};

/// The functions that ours stand in front of.
struct Real {
    decltype(&::clock_gettime) clock_gettime = Next{"clock_gettime"};
    decltype(&::nanosleep) nanosleep = Next{"nanosleep"};
    decltype(&::clock_nanosleep) clock_nanosleep = Next{"clock_nanosleep"};
    decltype(&::alarm) alarm = Next{"alarm"};
    decltype(&::epoll_wait) epoll_wait = Next{"epoll_wait"};
    decltype(&::epoll_pwait) epoll_pwait = Next{"epoll_pwait"};
    decltype(&::epoll_pwait2) epoll_pwait2 = Next{"epoll_pwait2"};
    decltype(&::poll) poll = Next{"poll"};
    decltype(&::ppoll) ppoll = Next{"ppoll"};
    decltype(&::select) select = Next{"select"};
    decltype(&::pselect) pselect = Next{"pselect"};
    decltype(&::timerfd_create) timerfd_create = Next{"timerfd_create"};
    decltype(&::timerfd_settime) timerfd_settime = Next{"timerfd_settime"};
    decltype(&::timerfd_gettime) timerfd_gettime = Next{"timerfd_gettime"};
    decltype(&::pthread_cond_clockwait) pthread_cond_clockwait = Next{"pthread_cond_clockwait"};
    decltype(&::pthread_mutex_clocklock) pthread_mutex_clocklock = Next{"pthread_mutex_clocklock"};
    decltype(&::sem_clockwait) sem_clockwait = Next{"sem_clockwait"};
};

Nanoseconds count(const timespec& time) {
    if (time.tv_sec >= kForever / kSecond) return kForever;
    if (time.tv_sec <= -kForever / kSecond) return -kForever;
    return time.tv_sec * kSecond + time.tv_nsec;
}

timespec to_timespec(Nanoseconds time) {
    return {time / kSecond, time % kSecond};
}

bool is_time_of_day(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_REALTIME_ALARM ||
           clock == CLOCK_TAI;
}

bool is_processor_time(clockid_t clock) {
    // Negative ones are those of other processes and threads: clock_getcpuclockid(3).
    return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

/// Between the program's time and real time, in both directions.
class Scale {
  public:
    explicit Scale(const Real& real) {
        factor_ = std::max<Nanoseconds>(number("TIME_SCALE", 1), 1);
        const Nanoseconds time_of_day = read(real, CLOCK_REALTIME);
        const Nanoseconds monotonic = read(real, CLOCK_MONOTONIC);
        day_origin_ = number("TIME_SCALE_ORIGIN", time_of_day / kSecond) * kSecond;
        // An origin before the machine's start would make this clock negative.
        monotonic_origin_ = std::max<Nanoseconds>(monotonic - (time_of_day - day_origin_), 0);
    }

    /// What a clock shows to the program when it really shows `time`.
    [[nodiscard]] Nanoseconds seen_at(clockid_t clock, Nanoseconds time) const {
        return origin(clock) + (time - origin(clock)) / factor_;
    }
    /// What a clock really shows when it shows `time` to the program.
    [[nodiscard]] Nanoseconds real_at(clockid_t clock, Nanoseconds time) const {
        const Nanoseconds real = add(origin(clock), real_span(add(time, -origin(clock))));
        // Long past is not the same as 0, which disarms a timer.
        return std::max<Nanoseconds>(real, time > 0 ? 1 : 0);
    }
    [[nodiscard]] Nanoseconds seen_span(Nanoseconds span) const { return span / factor_; }
    [[nodiscard]] Nanoseconds real_span(Nanoseconds span) const {
        Nanoseconds real = 0;
        if (__builtin_mul_overflow(span, factor_, &real)) return span < 0 ? -kForever : kForever;
        return std::clamp(real, -kForever, kForever);
    }

  private:
    static Nanoseconds number(const char* variable, Nanoseconds otherwise) {
        const char* text = std::getenv(variable);
        return text != nullptr ? std::atoll(text) : otherwise;
    }
    static Nanoseconds read(const Real& real, clockid_t clock) {
        timespec time{};
        real.clock_gettime(clock, &time);
        return count(time);
    }
    static Nanoseconds add(Nanoseconds a, Nanoseconds b) {
        Nanoseconds sum = 0;
        if (__builtin_add_overflow(a, b, &sum)) return a < 0 ? -kForever : kForever;
        return std::clamp(sum, -kForever, kForever);
    }
    [[nodiscard]] Nanoseconds origin(clockid_t clock) const {
        return is_time_of_day(clock) ? day_origin_ : monotonic_origin_;
    }

    Nanoseconds factor_ = 1;
    Nanoseconds day_origin_ = 0;
    Nanoseconds monotonic_origin_ = 0;
};

struct State {
    Real real;
    Scale scale{real};
};

/// Made at the first call, which may come from the constructor of a library before this one's own would run.
const State& state() {
    alignas(State) static std::array<std::byte, sizeof(State)> storage;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, [] { new (storage.data()) State; });
    return *std::launder(reinterpret_cast<State*>(storage.data()));
}

const Real& real() {
    return state().real;
}
const Scale& scale() {
    return state().scale;
}

timespec real_span(const timespec& span) {
    return to_timespec(scale().real_span(count(span)));
}
timespec seen_span(const timespec& span) {
    return to_timespec(scale().seen_span(count(span)));
}
timespec real_at(clockid_t clock, const timespec& time) {
    return to_timespec(scale().real_at(clock, count(time)));
}

/// Of a wait's timeout: negative is for ever, for poll and epoll_wait alike.
int real_milliseconds(int timeout) {
    if (timeout <= 0) return timeout;
    return static_cast<int>(
        std::min<Nanoseconds>(scale().real_span(timeout), std::numeric_limits<int>::max()));
}

timespec seen_now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return time;
}

/// A null timeout is for ever, for ppoll, pselect and epoll_pwait2 alike.
class RealTimeout {
  public:
    explicit RealTimeout(const timespec* timeout) : given_(timeout != nullptr) {
        if (given_) real_ = real_span(*timeout);
    }
    [[nodiscard]] const timespec* get() const { return given_ ? &real_ : nullptr; }

  private:
    bool given_;
    timespec real_{};
};

/// The timerfds on the clock of the time of day, by descriptor. The others are on a monotonic one.
constexpr std::size_t kDescriptors = 1 << 16;
std::array<std::atomic<bool>, kDescriptors> timer_of_day;

clockid_t clock_of_timer(int timer) {
    const auto number = static_cast<std::size_t>(timer);
    return number < kDescriptors && timer_of_day[number] ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

/// pthread_cond_timedwait's clock is the condition's own, which glibc (2.25 and later) keeps here.
clockid_t clock_of_condition(const pthread_cond_t& condition) {
    constexpr unsigned kMonotonic = 2;
    return (condition.__data.__wrefs & kMonotonic) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace

extern "C" {

// ---- clocks

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const int result = real().clock_gettime(clock, time);
    if (result == 0 && !is_processor_time(clock)) *time = to_timespec(scale().seen_at(clock, count(*time)));
    return result;
}

int gettimeofday(timeval* time, void* zone) noexcept {
    const timespec now = seen_now(CLOCK_REALTIME);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    if (zone != nullptr) *static_cast<struct timezone*>(zone) = {};
    return 0;
}

time_t time(time_t* time) noexcept {
    const timespec now = seen_now(CLOCK_REALTIME);
    if (time != nullptr) *time = now.tv_sec;
    return now.tv_sec;
}

// ---- sleeping

int nanosleep(const timespec* span, timespec* left) {
    const timespec longer = real_span(*span);
    const int result = real().nanosleep(&longer, left);
    if (result != 0 && left != nullptr) *left = seen_span(*left);
    return result;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
    if (is_processor_time(clock)) return real().clock_nanosleep(clock, flags, time, left);
    const bool absolute = (flags & TIMER_ABSTIME) != 0;
    const timespec until = absolute ? real_at(clock, *time) : real_span(*time);
    const int result = real().clock_nanosleep(clock, flags, &until, left);
    if (result == EINTR && !absolute && left != nullptr) *left = seen_span(*left);
    return result;
}

int usleep(useconds_t microseconds) {
    const timespec span = to_timespec(static_cast<Nanoseconds>(microseconds) * 1000);
    return nanosleep(&span, nullptr);
}

unsigned sleep(unsigned seconds) {
    const timespec span{static_cast<time_t>(seconds), 0};
    timespec left{};
    return nanosleep(&span, &left) == 0 ? 0 : static_cast<unsigned>(left.tv_sec + (left.tv_nsec > 0 ? 1 : 0));
}

unsigned alarm(unsigned seconds) noexcept {
    constexpr Nanoseconds kMost = std::numeric_limits<int>::max();
    const auto left = static_cast<Nanoseconds>(
        real().alarm(static_cast<unsigned>(std::min(scale().real_span(seconds), kMost))));
    // 0 would say that there was none.
    return left == 0 ? 0 : static_cast<unsigned>(std::max<Nanoseconds>(scale().seen_span(left), 1));
}

// ---- waiting for descriptors

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
    return real().epoll_wait(epoll, events, most, real_milliseconds(timeout));
}

int epoll_pwait(int epoll, epoll_event* events, int most, int timeout, const sigset_t* signals) {
    return real().epoll_pwait(epoll, events, most, real_milliseconds(timeout), signals);
}

int epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* timeout, const sigset_t* signals) {
    return real().epoll_pwait2(epoll, events, most, RealTimeout(timeout).get(), signals);
}

int poll(pollfd* descriptors, nfds_t many, int timeout) {
    return real().poll(descriptors, many, real_milliseconds(timeout));
}

int ppoll(pollfd* descriptors, nfds_t many, const timespec* timeout, const sigset_t* signals) {
    return real().ppoll(descriptors, many, RealTimeout(timeout).get(), signals);
}

int select(int many, fd_set* readable, fd_set* writable, fd_set* exceptional, timeval* timeout) {
    if (timeout == nullptr) return real().select(many, readable, writable, exceptional, nullptr);
    const timespec longer = real_span({timeout->tv_sec, timeout->tv_usec * 1000});
    timeval left{longer.tv_sec, longer.tv_nsec / 1000};
    const int result = real().select(many, readable, writable, exceptional, &left);
    // Linux writes down what is left of the time.
    const timespec seen = seen_span({left.tv_sec, left.tv_usec * 1000});
    *timeout = {seen.tv_sec, seen.tv_nsec / 1000};
    return result;
}

int pselect(int many, fd_set* readable, fd_set* writable, fd_set* exceptional, const timespec* timeout,
            const sigset_t* signals) {
    return real().pselect(many, readable, writable, exceptional, RealTimeout(timeout).get(), signals);
}

// ---- timers

int timerfd_create(clockid_t clock, int flags) noexcept {
    const int timer = real().timerfd_create(clock, flags);
    if (timer >= 0 && static_cast<std::size_t>(timer) < kDescriptors)
        timer_of_day[static_cast<std::size_t>(timer)] = is_time_of_day(clock);
    return timer;
}

int timerfd_settime(int timer, int flags, const itimerspec* setting, itimerspec* before) noexcept {
    const bool absolute = (flags & TFD_TIMER_ABSTIME) != 0;
    const itimerspec longer{
        real_span(setting->it_interval),
        absolute ? real_at(clock_of_timer(timer), setting->it_value) : real_span(setting->it_value)};
    const int result = real().timerfd_settime(timer, flags, &longer, before);
    if (result == 0 && before != nullptr)
        *before = {seen_span(before->it_interval), seen_span(before->it_value)};
    return result;
}

int timerfd_gettime(int timer, itimerspec* left) noexcept {
    const int result = real().timerfd_gettime(timer, left);
    if (result == 0) *left = {seen_span(left->it_interval), seen_span(left->it_value)};
    return result;
}

// ---- waiting for threads

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
    const timespec later = real_at(clock, *until);
    return real().pthread_cond_clockwait(condition, mutex, clock, &later);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
    return pthread_cond_clockwait(condition, mutex, clock_of_condition(*condition), until);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
    const timespec later = real_at(clock, *until);
    return real().pthread_mutex_clocklock(mutex, clock, &later);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
    return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, until);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
    const timespec later = real_at(clock, *until);
    return real().sem_clockwait(semaphore, clock, &later);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
    return sem_clockwait(semaphore, CLOCK_REALTIME, until);
}

}  // extern "C"
