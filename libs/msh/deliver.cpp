// SPDX-License-Identifier: Apache-2.0
// Deliver: message services lease, read and acknowledge the items of their inboxes. Operators and
// clients read the record. Payloads are stored as they travelled and inflated when they are read
// (design 5.3).
#include "msh/msh.hpp"

#include "as4/compression.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "msh/offload.hpp"
#include "msh/payload_error.hpp"
#include "msh/state.hpp"
#include "wss/envelope.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <limits>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// Maximum number of acknowledgements that are not yet written. Clients repeat an acknowledgement
// that got 503, so without a bound each lock on the store would fill memory.
constexpr std::size_t max_acknowledging = 4096;
constexpr std::size_t plain_piece = 64 * 1024;
// Gzip octets read at once. The number is small, because each octet can inflate to a thousand.
constexpr std::size_t gzip_piece = 512;

// A stored payload that is being read. Owns what it reads, because it outlives the call that made
// it.
class KeptPayload final : public http::BodySource {
public:
    KeptPayload(std::shared_ptr<State> state, base::Content content, const queue::Part& part)
        : state_(std::move(state)), content_(std::move(content)), size_(part.plain_size)
    {
        // The ratio was judged when the payload was received, by limits that may differ from the
        // default.
        constexpr auto any_ratio = std::numeric_limits<std::uint64_t>::max();
        // Uncompressed XML and text may be signed in another form than they are stored, so their
        // digest cannot be checked.
        if (!part.compressed) return;
        inflater_.emplace(
            pmode::PayloadLimits{.inflated = part.plain_size, .compression_ratio_floor = any_ratio}
        );
        sha256_ = part.sha256;
    }
    base::Result<> open()
    {
        auto reader = base::ContentReader::open(content_);
        if (!reader) return reader.error();
        reader_.emplace(std::move(*reader));
        return {};
    }
    std::optional<std::uint64_t> length() const override { return size_; }
    asio::awaitable<base::Result<base::Bytes>> next() override
    {
        const auto read = [this] { return piece(); };
        co_return co_await offload(state_->workers, read);
    }

private:
    base::Result<base::Bytes> piece()
    {
        base::Bytes plain;
        const auto gather = [&](base::BytesView inflated) -> base::Result<> {
            plain += inflated;
            return {};
        };
        while (plain.size() < plain_piece) {
            const auto stored = reader_->read(inflater_ ? gzip_piece : plain_piece);
            if (!stored) return lost(stored.error());
            if (!inflater_) return base::Bytes(*stored);
            if (stored->empty()) break;
            hash_.update(*stored);
            if (auto inflated = inflater_->update(*stored, gather); !inflated)
                return lost(changed());
        }
        given_ += plain.size();
        // Check before the last octets leave. A client that has the announced number of octets
        // takes the payload as complete.
        if (inflater_ && given_ >= size_)
            if (const auto same = check(); !same) return lost(same.error());
        return plain;
    }
    base::Error changed() const
    {
        return base::Error(
            base::errc::changed, (content_.in_file() ? content_.file().string() : "a payload") +
                                     " has another digest than was signed"
        );
    }
    base::Result<> check()
    {
        if (checked_) return {};
        checked_ = true;
        while (true) {
            const auto stored = reader_->read(gzip_piece); // the rest: the gzip trailer
            if (!stored) return stored.error();
            if (stored->empty()) break;
            hash_.update(*stored);
        }
        if (!sha256_.empty() && hash_.finish() != sha256_) return changed();
        return {};
    }
    // The answer has begun, so it is cut off, and only the log can say why.
    static base::Error lost(base::Error error)
    {
        auto told = payload_error(std::move(error));
        base::log(base::Level::error, "payload_lost", {{"error", told.text()}});
        return told;
    }

    std::shared_ptr<State> state_;
    base::Content content_;
    std::optional<base::ContentReader> reader_;
    std::optional<as4::Inflater> inflater_;
    std::uint64_t size_;
    std::uint64_t given_ = 0;
    base::Bytes sha256_; // of the octets in the file; empty: unknown
    crypto::Sha256 hash_;
    bool checked_ = false;
};

// Parses the header of a stored message from its envelope. Returns nothing for a log row, which has
// no envelope.
std::optional<ebms::UserMessage>
header_in(const State& state, queue::Direction direction, const base::Bytes& kept)
{
    if (kept.empty()) return std::nullopt;
    base::Bytes soap = kept;
    if (direction == queue::Direction::outbound) {
        auto sealed = as4::Sealed::from_bytes(kept);
        if (!sealed) return std::nullopt;
        soap = std::move(sealed->envelope);
    }
    const auto document = xml::Document::parse(soap, state.settings.unpack.soap);
    if (!document) return std::nullopt;
    const auto envelope = wss::locate(*document);
    if (!envelope) return std::nullopt;
    auto header = ebms::read(envelope->messaging);
    if (!header || !std::holds_alternative<ebms::UserMessage>(*header)) return std::nullopt;
    return std::get<ebms::UserMessage>(std::move(*header));
}

base::Result<Message> read(const State& state, const std::string& id, const Caller& caller)
{
    auto kept = state.parts.queue.find(id, caller.visibility);
    if (!kept) return kept.error();
    Message message{std::move(*kept), {}};
    message.user_message = header_in(state, message.summary.direction, message.envelope);
    return message;
}

std::vector<InboxItem> read(const State& state, std::vector<queue::InboxItem> leased)
{
    std::vector<InboxItem> items;
    for (auto& kept : leased) {
        auto header = header_in(state, queue::Direction::inbound, kept.envelope);
        items.push_back({std::move(kept), std::move(header)});
    }
    return items;
}

// Returns the inboxes of a caller. A caller that may see all messages has the inboxes of all
// participants and of our own party.
std::vector<std::string> inboxes(const State& state, const Caller& caller)
{
    if (!caller.visibility.is_all()) return caller.visibility.participants();
    auto all = state.settings.participants;
    all.push_back(state.parts.pmodes.own_party());
    return all;
}

base::Result<Payload>
open(std::shared_ptr<State> state, const Caller& caller, const std::string& id, std::size_t n)
{
    const auto& queue = state->parts.queue;
    const auto message = queue.find(id, caller.visibility);
    if (!message) return message.error();
    if (n >= message->parts.size())
        return base::Error(queue::errc::not_found, "part " + std::to_string(n));
    auto content = queue.payload(id, n, caller.visibility);
    if (!content) return content.error();
    const auto& part = message->parts[n];
    auto source = std::make_unique<KeptPayload>(std::move(state), std::move(*content), part);
    if (auto opened = source->open(); !opened) {
        // Retention may have removed the payload meanwhile. The queue's error says so.
        const auto again = queue.payload(id, n, caller.visibility);
        return again ? payload_error(opened.error()) : again.error();
    }
    Payload payload;
    payload.mime_type = part.mime_type;
    payload.size = part.plain_size;
    payload.source = std::move(source);
    return payload;
}

// An acknowledgement that is being written. Its request may be answered earlier.
struct Acknowledgement {
    Acknowledgement(const State& state, const Caller& caller, std::string id_, std::string lease_)
        : client(caller.name), visibility(caller.visibility), id(std::move(id_)),
          lease(std::move(lease_)), ended(state.executor)
    {
    }
    std::string client;
    queue::Visibility visibility;
    std::string id;
    std::string lease;
    std::optional<base::Result<>> result;
    asio::steady_timer ended; // cancelled once there is a result
};

asio::awaitable<void>
write(std::shared_ptr<State> state, std::shared_ptr<Acknowledgement> given, Slot slot)
{
    static_cast<void>(slot); // held until this coroutine ends
    auto begin = [&queue = state->parts.queue, given](auto done) {
        queue.acknowledge(given->id, given->lease, given->visibility, base::now(), std::move(done));
    };
    auto written = co_await committed<void>(state->workers, std::move(begin));
    given->result.emplace(std::move(written));
    if (!*given->result) co_return;
    ++state->counters.acknowledged;
    base::log(base::Level::info, "acknowledged", {{"id", given->id}, {"client", given->client}});
}

} // namespace

asio::awaitable<base::Result<std::vector<InboxItem>>>
Msh::lease(const Caller& caller, std::size_t max, base::Duration time)
{
    const auto state = state_;
    if (state->stopping) co_return base::Error(errc::stopping);
    queue::Queue::Lease wanted;
    wanted.participants = inboxes(*state, caller);
    wanted.client = caller.name;
    const auto now = state->moment();
    wanted.now = now.believed;
    wanted.at = now.wall;
    wanted.until = wanted.now + time;
    wanted.limit = max;
    auto take = [&queue = state->parts.queue, wanted = std::move(wanted)](auto done) mutable {
        queue.lease(std::move(wanted), std::move(done));
    };
    auto leased =
        co_await committed<std::vector<queue::InboxItem>>(state->workers, std::move(take));
    if (!leased) co_return leased.error();
    for (auto& item : *leased)
        item.lease_until = now.wall + time; // the client's clock is a wall clock
    state->counters.handed_over += leased->size();
    const auto make = [&] { return read(*state, std::move(*leased)); };
    co_return co_await offload(state->workers, make);
}

asio::awaitable<base::Result<>>
Msh::acknowledge(const Caller& caller, std::string id, std::string lease)
{
    const auto state = state_;
    auto slot = Slot::take(state, &State::acknowledging, max_acknowledging);
    if (!slot) co_return base::Error(queue::errc::locked); // only a lock makes so many wait
    const auto given =
        std::make_shared<Acknowledgement>(*state, caller, std::move(id), std::move(lease));
    const auto ended = [given](std::exception_ptr failure) {
        if (failure) given->result.emplace(base::Error(queue::errc::unavailable));
        given->ended.cancel();
    };
    asio::co_spawn(state->executor, write(state, given, std::move(*slot)), ended);
    // A waiting request holds a connection of the door, and new work must get its 503 in time. So
    // while the store is locked, the request waits only for acknowledge_wait.
    while (!given->result) {
        given->ended.expires_after(state->settings.acknowledge_wait);
        co_await given->ended.async_wait(as_result);
        const bool locked = state->parts.queue.statistics().lock.has_value();
        if (!given->result && locked) co_return base::Error(queue::errc::locked);
    }
    co_return *given->result;
}

asio::awaitable<base::Result<Payload>>
Msh::payload(const Caller& caller, std::string id, std::size_t part)
{
    const auto state = state_;
    const auto read = [&] { return open(state, caller, id, part); };
    co_return co_await offload(state->workers, read);
}

asio::awaitable<base::Result<Message>> Msh::find(const Caller& caller, std::string id)
{
    const auto state = state_;
    const auto look = [&] { return read(*state, id, caller); };
    co_return co_await offload(state->workers, look);
}

asio::awaitable<base::Result<std::vector<queue::Summary>>> Msh::list(queue::Filter filter)
{
    const auto state = state_;
    const auto read = [&] { return state->parts.queue.list(filter); };
    co_return co_await offload(state->workers, read);
}

asio::awaitable<base::Result<queue::Counts>> Msh::counts()
{
    const auto state = state_;
    const auto read = [&] { return state->parts.queue.counts(); };
    co_return co_await offload(state->workers, read);
}

} // namespace msh
