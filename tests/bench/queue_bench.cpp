// SPDX-License-Identifier: Apache-2.0
// The queue alone, with few and with very many messages in it: how fast messages are submitted,
// claimed and settled, how long a start takes and a page of a list, what is written and synced for
// a message. queue_bench [--folder DIR] [--messages 0,10000,1000000] [--payload N] [--sealed N]
// [--ids random]
#include "base/id.hpp"
#include "base/io.hpp"
#include "base/ordered_id.hpp"
#include "queue/queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <random>
#include <semaphore>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::filesystem::path folder = "queue-bench";
    std::vector<std::size_t> messages = {0, 10'000, 1'000'000};
    std::size_t payload = 1900; // octets of a message's payload, which stands in its row
    std::size_t sealed = 1900;  // octets of its signed header
    std::size_t rounds = 9;     // of each measurement, over all stores in turn
    std::size_t count = 400;    // messages of a round
    std::ptrdiff_t in_flight = 8;
    bool random_ids = false; // as if no identifier began with its time
};

Options read_options(int count, char** arguments)
{
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = arguments[i];
        const std::string value = arguments[i + 1];
        if (name == "--folder") options.folder = value;
        if (name == "--payload") options.payload = std::stoul(value);
        if (name == "--sealed") options.sealed = std::stoul(value);
        if (name == "--rounds") options.rounds = std::stoul(value);
        if (name == "--count") options.count = std::stoul(value);
        if (name == "--in-flight") options.in_flight = std::stol(value);
        if (name == "--ids") options.random_ids = value == "random";
        if (name != "--messages") continue;
        options.messages.clear();
        std::istringstream list(value);
        for (std::string each; std::getline(list, each, ',');)
            options.messages.push_back(std::stoul(each));
    }
    return options;
}

template <class T> T must(base::Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().text());
    return std::move(*result);
}

double seconds_since(Clock::time_point begun)
{
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Messages as a network of a hundred peers and fifty participants would bring them.
class Messages {
public:
    explicit Messages(const Options& options) : options_(options)
    {
        std::mt19937 random(1);
        for (std::size_t n = 0; n < 1u << 16; ++n)
            noise_ += static_cast<char>(random());
    }
    queue::Outbound next()
    {
        const auto number = std::to_string(++made_);
        const auto now = base::now();
        queue::Outbound message{
            .id = id(now),
            .header =
                {.message_id = id(now) + "@party-of-ours.kurir",
                 .conversation_id = base::uuid(),
                 .from_party = "0088:7300010000001",
                 .to_party = "0088:73000100000" + std::to_string(made_ % 100),
                 .sender = "0203:participant-" + std::to_string(made_ % 50),
                 .recipient = "0203:recipient-" + std::to_string(made_ % 1000),
                 .service = "urn:riv:infrastructure:messaging:MessageWithAttachments:3",
                 .action = "deliver",
                 .peer = "peer-" + std::to_string(made_ % 100)},
            .client = "message-service",
            .idempotency_key = base::uuid(), // the producer's: always random
            .content_sha256 = octets(32),
            .sealed = octets(options_.sealed),
            .created = now,
            .expires = now + std::chrono::hours(24)
        };
        queue::Part part{
            .content_id = "message",
            .mime_type = "application/xml",
            .character_set = "utf-8",
            .compressed = true,
            .plain_size = options_.payload * 3,
            .sha256 = octets(32)
        };
        message.parts.push_back(
            {.part = part, .content = base::Content::of(octets(options_.payload))}
        );
        return message;
    }

private:
    std::string id(base::Time now) const
    {
        return options_.random_ids ? base::uuid() : base::ordered_uuid(now);
    }
    base::Bytes octets(std::size_t size)
    {
        base::Bytes all;
        while (all.size() < size) {
            position_ = (position_ + 7919) % (noise_.size() / 2);
            all += noise_.substr(position_, std::min(size - all.size(), noise_.size() / 2));
        }
        return all;
    }

    const Options& options_;
    std::string noise_;
    std::size_t position_ = 0;
    std::size_t made_ = 0;
};

struct Rate {
    double per_second = 0;
    double syncs = 0;   // of one message
    double written = 0; // octets of one message
};

// What `work` costs a message, if it deals with `count` of them.
Rate measure(std::size_t count, const std::function<void()>& work)
{
    const auto before = base::io_counts();
    const auto begun = Clock::now();
    work();
    const auto took = seconds_since(begun);
    const auto after = base::io_counts();
    const auto messages = static_cast<double>(count);
    return {
        .per_second = messages / took,
        .syncs = static_cast<double>(after.syncs - before.syncs) / messages,
        .written = static_cast<double>(after.written - before.written) / messages
    };
}

class Store {
public:
    Store(const Options& options, std::size_t size)
        : size_(size), options_(options), folder_(options.folder / std::to_string(size))
    {
        std::filesystem::create_directories(folder_);
    }
    std::size_t size() const { return size_; }
    double open()
    {
        const auto begun = Clock::now();
        queue_.emplace(must(queue::Queue::open({.folder = folder_}, [](const base::Error& error) {
            std::fprintf(stderr, "lost: %s\n", error.text().c_str());
            std::abort();
        })));
        return seconds_since(begun);
    }
    void close() { queue_.reset(); }
    const queue::Queue& queue() const { return *queue_; }
    double gigabytes() const
    {
        return static_cast<double>(std::filesystem::file_size(folder_ / "kurir.db")) / 1e9;
    }

    void submit(Messages& messages, std::size_t count, std::ptrdiff_t in_flight)
    {
        std::counting_semaphore<> slots(in_flight);
        for (std::size_t n = 0; n < count; ++n) {
            auto message = messages.next();
            slots.acquire();
            queue_->enqueue(std::move(message), [&slots](const auto& done) {
                if (!done) std::abort();
                slots.release();
            });
        }
        for (std::ptrdiff_t n = 0; n < in_flight; ++n)
            slots.acquire(); // the last have ended
    }
    void fill(Messages& messages)
    {
        std::size_t there = 0;
        for (const auto& [state, count] : must(queue_->counts()).by_state)
            if (state == queue::State::queued) there += count;
        if (there < size_) submit(messages, size_ - there, 2000);
    }
    // As msh does it: claims in turns over the peers, each message settled by itself.
    void send(std::size_t count, std::ptrdiff_t in_flight)
    {
        std::counting_semaphore<> slots(in_flight);
        for (std::size_t sent = 0; sent < count;) {
            std::promise<base::Result<std::vector<queue::Job>>> claimed;
            const auto now = base::now();
            queue::Queue::Claim claim{
                .now = now, .lease_until = now + std::chrono::seconds(30), .owner = "bench"
            };
            claim.limit = static_cast<std::size_t>(in_flight);
            claim.after = after_;
            queue_->claim(std::move(claim), [&](auto jobs) { claimed.set_value(std::move(jobs)); });
            for (const auto& job : must(claimed.get_future().get())) {
                after_ = job.header.peer;
                settle(job, slots);
                ++sent;
            }
        }
        for (std::ptrdiff_t n = 0; n < in_flight; ++n)
            slots.acquire();
    }

private:
    void settle(const queue::Job& job, std::counting_semaphore<>& slots)
    {
        const auto now = base::now();
        queue::Settlement delivered{
            .id = job.id,
            .state = queue::State::delivered,
            .at = now,
            .attempt = {.started = now, .endpoint = "https://peer.example/as4", .http_status = 200},
            .receipt = base::Bytes(options_.sealed, 'r'),
            .receipt_id = job.id + "@peer.kurir",
            .receipt_signer = base::Bytes(1000, 's')
        };
        slots.acquire();
        queue_->settle("bench", std::move(delivered), [&slots](const auto& done) {
            if (!done) std::abort();
            slots.release();
        });
    }

    std::size_t size_;
    const Options& options_;
    std::filesystem::path folder_;
    std::optional<queue::Queue> queue_;
    std::string after_;
};

// The rates of all stores, in turns, so that what else the machine does meets all of them.
void compare(
    std::vector<Store>& stores, const Options& options, const char* what,
    const std::function<void(Store&)>& work
)
{
    std::vector<std::vector<Rate>> rates(stores.size());
    for (std::size_t round = 0; round < options.rounds; ++round)
        for (std::size_t n = 0; n < stores.size(); ++n)
            rates[n].push_back(measure(options.count, [&] { work(stores[n]); }));
    for (std::size_t n = 0; n < stores.size(); ++n) {
        std::vector<double> speed, ratio, syncs, written;
        for (std::size_t round = 0; round < options.rounds; ++round) {
            speed.push_back(rates[n][round].per_second);
            ratio.push_back(rates[n][round].per_second / rates[0][round].per_second);
            syncs.push_back(rates[n][round].syncs);
            written.push_back(rates[n][round].written);
        }
        std::printf(
            "%-10s %9zu queued: %7.0f /s, %3.0f %% of the first, %.2f syncs and %.1f KB written a"
            " message\n",
            what, stores[n].size(), median(speed), median(ratio) * 100, median(syncs),
            median(written) / 1000
        );
    }
}

void time_reads(const Store& store, const Options& options)
{
    const auto& queue = store.queue();
    const auto newest = must(queue.list({.visibility = queue::Visibility::all(), .limit = 1}));
    const auto last = newest.empty() ? 1 : newest.front().sequence;
    const auto middle =
        must(queue.list({.visibility = queue::Visibility::all(), .before = last / 2 + 2, .limit = 1}
        ));
    const auto some = middle.empty() ? queue::Summary() : middle.front();
    using queue::Direction;
    using queue::State;
    const std::string participant = "0203:participant-7";
    const auto list = [&](queue::Filter filter) {
        return std::function<void()>([&queue, filter] { (void)must(queue.list(filter)); });
    };
    const std::vector<std::pair<const char*, std::function<void()>>> reads = {
        {"newest page", list({.visibility = queue::Visibility::all()})},
        {"page in the middle", list({.visibility = queue::Visibility::all(), .before = last / 2})},
        {"page at the end", list({.visibility = queue::Visibility::all(), .before = 51})},
        {"page of 500",
         list({.visibility = queue::Visibility::all(), .before = last / 2, .limit = 500})},
        {"outbound", list(
                         {.visibility = queue::Visibility::all(),
                          .direction = Direction::outbound,
                          .before = last / 2}
                     )},
        {"inbound (none)", list(
                               {.visibility = queue::Visibility::all(),
                                .direction = Direction::inbound,
                                .before = last / 2}
                           )},
        {"queued",
         list({.visibility = queue::Visibility::all(), .state = State::queued, .before = last / 2})
        },
        {"bounced (none)", list({.visibility = queue::Visibility::all(), .state = State::bounced})},
        {"of a participant",
         list({.visibility = queue::Visibility::of({participant}), .before = last / 2})},
        {"queued of three",
         list(
             {.visibility = queue::Visibility::of({participant, "0203:participant-8", "nobody"}),
              .state = State::queued,
              .before = last / 2}
         )},
        {"by MessageId",
         list({.visibility = queue::Visibility::all(), .message_id = some.header.message_id})},
        {"by MessageId, all filters", list(
                                          {.visibility = queue::Visibility::of({participant}),
                                           .direction = Direction::outbound,
                                           .state = State::queued,
                                           .message_id = some.header.message_id}
                                      )},
        {"counts", [&] { (void)must(queue.counts()); }},
        {"stuck", [&] { (void)must(queue.stuck({.now = base::now() + std::chrono::hours(1)})); }},
        {"next due", [&] { (void)must(queue.next_due(base::now())); }},
        {"one message",
         [&] {
             if (!some.id.empty()) (void)must(queue.find(some.id, queue::Visibility::all()));
         }}
    };
    for (const auto& [name, read] : reads) {
        std::vector<double> times;
        for (std::size_t round = 0; round < options.rounds; ++round) {
            const auto begun = Clock::now();
            read();
            times.push_back(seconds_since(begun) * 1000);
        }
        std::printf(
            "%-26s %9zu queued: %7.2f ms (first %.2f, longest %.2f)\n", name, store.size(),
            median(times), times.front(), *std::ranges::max_element(times)
        );
    }
}

} // namespace

int main(int count, char** arguments)
{
    const auto options = read_options(count, arguments);
    Messages messages(options);
    std::vector<Store> stores;
    for (const auto size : options.messages)
        stores.emplace_back(options, size);
    for (auto& store : stores) {
        store.open();
        const auto begun = Clock::now();
        store.fill(messages);
        std::printf("%zu messages are there after %.0f s\n", store.size(), seconds_since(begun));
        std::fflush(stdout);
        store.close();
    }
    for (auto& store : stores) {
        std::vector<double> starts;
        for (std::size_t round = 0; round < options.rounds; ++round) {
            store.close();
            starts.push_back(store.open() * 1000);
        }
        std::printf(
            "start      %9zu queued: %7.1f ms (longest %.1f), %.2f GB\n", store.size(),
            median(starts), *std::ranges::max_element(starts), store.gigabytes()
        );
    }
    const auto submit = [&](Store& store) {
        store.submit(messages, options.count, options.in_flight);
    };
    const auto send = [&](Store& store) { store.send(options.count, options.in_flight); };
    compare(stores, options, "submit", submit);
    compare(stores, options, "send", send);
    for (const auto& store : stores)
        time_reads(store, options);
    return 0;
}
