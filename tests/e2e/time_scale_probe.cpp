// Waits in one way and says what that took, by the clocks of the C library and by the kernel's own, which no
// preloaded library can slow. Its tests are in test_time_scale.py.
//
//   time_scale_probe WAIT MICROSECONDS
//
// Prints JSON, all in nanoseconds: what the program saw pass (`seen`), and between which bounds the real time
// is
// (`least`, `most`), because some passes between two looks at two clocks. A clock that the program sees by
// the name CLOCK has been slowed by K exactly where K x seen is within the bounds.

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using Nanoseconds = std::int64_t;

constexpr Nanoseconds kSecond = 1'000'000'000;

Nanoseconds count(const timespec& time) {
    return time.tv_sec * kSecond + time.tv_nsec;
}
timespec to_timespec(Nanoseconds time) {
    return {time / kSecond, time % kSecond};
}

Nanoseconds seen(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return count(time);
}
Nanoseconds real(clockid_t clock) {
    timespec time{};
    syscall(SYS_clock_gettime, clock, &time);
    return count(time);
}

/// One look: real time before and after the time that the program sees.
struct Look {
    explicit Look(clockid_t clock) : before(real(clock)), time(seen(clock)), after(real(clock)) {}
    Nanoseconds before, time, after;
};

void expect(bool true_, const char* what) {
    if (!true_) throw std::runtime_error(what);
}

timespec after(clockid_t clock, Nanoseconds span) {
    return to_timespec(seen(clock) + span);
}

int make_epoll() {
    const int epoll = epoll_create1(0);
    expect(epoll >= 0, "epoll_create1");
    return epoll;
}

void wait_for_timer(clockid_t clock, int flags, Nanoseconds span) {
    const int timer = timerfd_create(clock, 0);
    const timespec when = flags == TFD_TIMER_ABSTIME ? after(clock, span) : to_timespec(span);
    const itimerspec setting{{}, when};
    expect(timerfd_settime(timer, flags, &setting, nullptr) == 0, "timerfd_settime");
    itimerspec left{};
    expect(timerfd_gettime(timer, &left) == 0, "timerfd_gettime");
    expect(count(left.it_value) <= span, "timerfd_gettime: more than was set");
    std::uint64_t expired = 0;
    expect(read(timer, &expired, sizeof expired) == sizeof expired && expired == 1, "read of a timerfd");
    // A time long past expires at once, and is not taken for 0, which disarms.
    const itimerspec past{{}, {0, 1}};
    expect(timerfd_settime(timer, TFD_TIMER_ABSTIME, &past, nullptr) == 0, "timerfd_settime");
    expect(read(timer, &expired, sizeof expired) == sizeof expired, "read of a timerfd set to the past");
    close(timer);
}

/// A condition that nobody signals.
void wait_for_condition(clockid_t clock, Nanoseconds span,
                        const std::function<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>& wait) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, clock);
    pthread_cond_t condition;
    pthread_cond_init(&condition, &attributes);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    const timespec until = after(clock, span);
    int result = 0;
    while (result == 0) result = wait(&condition, &mutex, &until);
    expect(result == ETIMEDOUT, "a condition's wait");
    pthread_mutex_unlock(&mutex);
}

/// A mutex that this thread has already.
void wait_for_mutex(clockid_t clock, Nanoseconds span,
                    const std::function<int(pthread_mutex_t*, const timespec*)>& lock) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    const timespec until = after(clock, span);
    expect(lock(&mutex, &until) == ETIMEDOUT, "a mutex's wait");
}

void wait_for_semaphore(clockid_t clock, Nanoseconds span,
                        const std::function<int(sem_t*, const timespec*)>& wait) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    const timespec until = after(clock, span);
    expect(wait(&semaphore, &until) == -1 && errno == ETIMEDOUT, "a semaphore's wait");
}

void wait_for_alarm(Nanoseconds span) {
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, nullptr);
    const auto seconds = static_cast<unsigned>(span / kSecond);
    expect(alarm(seconds) == 0, "an alarm that nobody set");
    const unsigned left = alarm(seconds);
    expect(left >= 1 && left <= seconds, "what is left of an alarm");
    int number = 0;
    expect(sigwait(&alarms, &number) == 0 && number == SIGALRM, "sigwait");
}

int milliseconds(Nanoseconds span) {
    return static_cast<int>(span / 1'000'000);
}

const std::map<std::string, std::function<void(Nanoseconds)>> kWaits = {
    {"nanosleep",
     [](Nanoseconds span) {
         const timespec time = to_timespec(span);
         expect(nanosleep(&time, nullptr) == 0, "nanosleep");
     }},
    {"clock_nanosleep",
     [](Nanoseconds span) {
         const timespec time = to_timespec(span);
         expect(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr) == 0, "clock_nanosleep");
     }},
    {"clock_nanosleep-until",
     [](Nanoseconds span) {
         const timespec time = after(CLOCK_MONOTONIC, span);
         expect(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == 0, "clock_nanosleep");
     }},
    {"clock_nanosleep-until-time-of-day",
     [](Nanoseconds span) {
         const timespec time = after(CLOCK_REALTIME, span);
         expect(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &time, nullptr) == 0, "clock_nanosleep");
     }},
    {"usleep", [](Nanoseconds span) { expect(usleep(static_cast<useconds_t>(span / 1000)) == 0, "usleep"); }},
    {"sleep", [](Nanoseconds span) { expect(sleep(static_cast<unsigned>(span / kSecond)) == 0, "sleep"); }},
    {"alarm", wait_for_alarm},
    {"epoll_wait",
     [](Nanoseconds span) {
         epoll_event event{};
         expect(epoll_wait(make_epoll(), &event, 1, milliseconds(span)) == 0, "epoll_wait");
     }},
    {"epoll_pwait",
     [](Nanoseconds span) {
         epoll_event event{};
         expect(epoll_pwait(make_epoll(), &event, 1, milliseconds(span), nullptr) == 0, "epoll_pwait");
     }},
    {"epoll_pwait2",
     [](Nanoseconds span) {
         epoll_event event{};
         const timespec time = to_timespec(span);
         expect(epoll_pwait2(make_epoll(), &event, 1, &time, nullptr) == 0, "epoll_pwait2");
     }},
    {"poll", [](Nanoseconds span) { expect(poll(nullptr, 0, milliseconds(span)) == 0, "poll"); }},
    {"ppoll",
     [](Nanoseconds span) {
         const timespec time = to_timespec(span);
         expect(ppoll(nullptr, 0, &time, nullptr) == 0, "ppoll");
     }},
    {"select",
     [](Nanoseconds span) {
         timeval time{span / kSecond, span % kSecond / 1000};
         expect(select(0, nullptr, nullptr, nullptr, &time) == 0, "select");
         expect(time.tv_sec == 0 && time.tv_usec == 0, "select: left something of the time");
     }},
    {"pselect",
     [](Nanoseconds span) {
         const timespec time = to_timespec(span);
         expect(pselect(0, nullptr, nullptr, nullptr, &time, nullptr) == 0, "pselect");
     }},
    {"timerfd", [](Nanoseconds span) { wait_for_timer(CLOCK_MONOTONIC, 0, span); }},
    {"timerfd-until", [](Nanoseconds span) { wait_for_timer(CLOCK_MONOTONIC, TFD_TIMER_ABSTIME, span); }},
    {"timerfd-time-of-day", [](Nanoseconds span) { wait_for_timer(CLOCK_REALTIME, 0, span); }},
    {"timerfd-until-time-of-day",
     [](Nanoseconds span) { wait_for_timer(CLOCK_REALTIME, TFD_TIMER_ABSTIME, span); }},
    {"pthread_cond_timedwait",
     [](Nanoseconds span) { wait_for_condition(CLOCK_MONOTONIC, span, pthread_cond_timedwait); }},
    {"pthread_cond_timedwait-time-of-day",
     [](Nanoseconds span) { wait_for_condition(CLOCK_REALTIME, span, pthread_cond_timedwait); }},
    {"pthread_cond_clockwait",
     [](Nanoseconds span) {
         wait_for_condition(CLOCK_MONOTONIC, span, [](auto* condition, auto* mutex, const auto* until) {
             return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, until);
         });
     }},
    {"pthread_mutex_timedlock",
     [](Nanoseconds span) { wait_for_mutex(CLOCK_REALTIME, span, pthread_mutex_timedlock); }},
    {"pthread_mutex_clocklock",
     [](Nanoseconds span) {
         wait_for_mutex(CLOCK_MONOTONIC, span, [](auto* mutex, const auto* until) {
             return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, until);
         });
     }},
    {"sem_timedwait", [](Nanoseconds span) { wait_for_semaphore(CLOCK_REALTIME, span, sem_timedwait); }},
    {"sem_clockwait",
     [](Nanoseconds span) {
         wait_for_semaphore(CLOCK_MONOTONIC, span, [](auto* semaphore, const auto* until) {
             return sem_clockwait(semaphore, CLOCK_MONOTONIC, until);
         });
     }},
    {"std::this_thread::sleep_for",
     [](Nanoseconds span) { std::this_thread::sleep_for(std::chrono::nanoseconds(span)); }},
    {"std::condition_variable::wait_for",
     [](Nanoseconds span) {
         std::mutex mutex;
         std::condition_variable condition;
         std::unique_lock lock(mutex);
         expect(!condition.wait_for(lock, std::chrono::nanoseconds(span), [] { return false; }), "wait_for");
     }},
    {"std::condition_variable::wait_until-time-of-day",
     [](Nanoseconds span) {
         std::mutex mutex;
         std::condition_variable condition;
         std::unique_lock lock(mutex);
         const auto until = std::chrono::system_clock::now() + std::chrono::nanoseconds(span);
         expect(!condition.wait_until(lock, until, [] { return false; }), "wait_until");
     }},
};

void print(const char* name, const Look& from, const Look& to) {
    std::printf("%s: {\"seen\": %jd, \"least\": %jd, \"most\": %jd}", name,
                std::intmax_t{to.time - from.time}, std::intmax_t{to.before - from.after},
                std::intmax_t{to.after - from.before});
}

/// That the other ways to read the time of day say the same.
void compare_clocks() {
    const Nanoseconds before = seen(CLOCK_REALTIME);
    timeval now{};
    gettimeofday(&now, nullptr);
    const time_t seconds = time(nullptr);
    const Nanoseconds chrono =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    const Nanoseconds last = seen(CLOCK_REALTIME);
    const Nanoseconds day = now.tv_sec * kSecond + now.tv_usec * 1000;
    expect(day >= before - 1000 && day <= last, "gettimeofday is another clock");
    expect(seconds >= before / kSecond && seconds <= last / kSecond, "time is another clock");
    expect(chrono >= before && chrono <= last, "system_clock is another clock");
}

void run(const std::string& name, Nanoseconds span) {
    const auto wait = kWaits.find(name);
    expect(wait != kWaits.end(), "no wait of that name");
    const Look monotonic(CLOCK_MONOTONIC), day(CLOCK_REALTIME), processor(CLOCK_PROCESS_CPUTIME_ID);
    wait->second(span);
    const Look processor_after(CLOCK_PROCESS_CPUTIME_ID), day_after(CLOCK_REALTIME),
        monotonic_after(CLOCK_MONOTONIC);
    compare_clocks();
    print("{\"monotonic\"", monotonic, monotonic_after);
    print(", \"time-of-day\"", day, day_after);
    print(", \"processor\"", processor, processor_after);
    std::printf(", \"day\": {\"seen\": %jd, \"least\": %jd, \"most\": %jd}}\n", std::intmax_t{day.time},
                std::intmax_t{day.before}, std::intmax_t{day.after});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        for (const auto& [name, wait] : kWaits) std::printf("%s\n", name.c_str());
        return argc == 1 ? 0 : 2;
    }
    try {
        run(argv[1], std::atoll(argv[2]) * 1000);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "time_scale_probe: %s: %s\n", argv[1], error.what());
        return 1;
    }
    return 0;
}
