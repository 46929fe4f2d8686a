// SPDX-License-Identifier: Apache-2.0
// Uses Content-Length if the length of the body is known, and chunks otherwise. If a source does
// not keep its announced length, the message is aborted: the receiver must never take a short body
// for a complete one.
#include "http/outgoing.hpp"

#include <array>
#include <charconv>

namespace http {

namespace {

// A body without source goes out in one write with the header if it has at most this many octets.
constexpr std::size_t joined = 64 * 1024;

bool is_framing(const std::string& name)
{
    for (const auto* ours :
         {"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade"})
        if (base::iequals(name, ours)) return true;
    return false;
}

class Writer {
public:
    Writer(Connection& connection, const Outgoing& message, base::Duration piece)
        : connection_(connection), message_(message), piece_(piece), out_(message.start + "\r\n")
    {
        if (message.headers)
            for (const auto& [name, value] : message.headers->all())
                if (!is_framing(name)) out_ += name + ": " + value + "\r\n";
        out_ += message.more;
        frame();
    }

    asio::awaitable<Sent> run();

private:
    void frame();
    void append(base::BytesView content);
    bool accept(base::BytesView content);
    asio::awaitable<void> flush();
    asio::awaitable<void> send_source();

    Connection& connection_;
    const Outgoing& message_;
    base::Duration piece_;
    std::string out_;
    std::optional<std::uint64_t> length_;
    bool chunked_ = false;
    Sent sent_;
};

void Writer::frame()
{
    length_ = message_.source ? message_.source->length() : message_.body.size();
    chunked_ = !length_ && message_.chunks;
    if (message_.kind != Outgoing::Body::none) {
        if (length_) out_ += "Content-Length: " + std::to_string(*length_) + "\r\n";
        if (chunked_) out_ += "Transfer-Encoding: chunked\r\n";
    }
    out_ += "\r\n";
}

void Writer::append(base::BytesView content)
{
    if (!chunked_) {
        out_ += content;
        return;
    }
    std::array<char, 16> size{};
    const auto [end, error] =
        std::to_chars(size.data(), size.data() + size.size(), content.size(), 16);
    out_.append(size.data(), end);
    out_ += "\r\n";
    out_ += content;
    out_ += "\r\n";
}

asio::awaitable<void> Writer::flush()
{
    sent_.begun = true;
    sent_.broken = co_await connection_.send(out_, piece_);
    out_.clear();
}

// Checks the size of the source's content against the announced length.
bool Writer::accept(base::BytesView content)
{
    if (content.empty() && length_ && sent_.body < *length_)
        sent_.source_failed = base::Error(errc::source_failed, "ended before its announced length");
    else if (length_ && content.size() > *length_ - sent_.body)
        sent_.source_failed = base::Error(errc::source_failed, "longer than announced");
    return !sent_.source_failed;
}

asio::awaitable<void> Writer::send_source()
{
    for (;;) {
        // Ask for the first piece before writing the header. If the source fails at once, nothing
        // has been written and the connection stays usable.
        const auto content = co_await message_.source->next();
        if (!content) sent_.source_failed = content.error();
        if (!content || !accept(*content)) co_return;
        if (content->empty()) break;
        append(*content);
        co_await flush();
        if (sent_.broken) co_return;
        sent_.body += content->size();
    }
    if (chunked_) out_ += "0\r\n\r\n";
    if (!out_.empty()) co_await flush();
}

asio::awaitable<Sent> Writer::run()
{
    const bool with_body = message_.kind == Outgoing::Body::sent;
    if (with_body && message_.source) {
        co_await send_source();
        co_return sent_;
    }
    const auto body = with_body ? message_.body : base::BytesView();
    const bool join = body.size() <= joined;
    if (join) out_ += body;
    co_await flush();
    if (!join && !sent_.broken) sent_.broken = co_await connection_.send(body, piece_);
    if (!sent_.broken) sent_.body = body.size();
    co_return sent_;
}

} // namespace

asio::awaitable<Sent> send_message(Connection& connection, Outgoing message, base::Duration piece)
{
    Writer writer(connection, message, piece);
    co_return co_await writer.run();
}

} // namespace http
