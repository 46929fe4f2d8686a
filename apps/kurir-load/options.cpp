// SPDX-License-Identifier: Apache-2.0
// Words to Options.
#include "kurir-load/options.hpp"

#include "base/units.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <charconv>
#include <functional>
#include <map>

namespace kurir_load {

namespace json = boost::json;

const char* const usage =
    "Usage: kurir-load --document FILE (--pair FILE | DOORS | --null) [OPTIONS]\n"
    "\n"
    "Submits copies of an XHE document (each with its own id) to one access point, fetches and\n"
    "acknowledges them from the inbox of another, and keeps a ledger: what was answered 202 must\n"
    "come out once, unchanged. Exit code 1 if not. The receiver's inbox must be its own for that\n"
    "time, and empty.\n"
    "\n"
    "  --pair FILE            both doors as DIR/demo.json of tools/demo --keep names them\n"
    "  --a-url URL            the sender's REST door; with it --a-ca FILE, and --a-certificate "
    "FILE\n"
    "                         and --a-key FILE, or --a-token-file FILE\n"
    "  --b-url URL ...        the receiver's, likewise\n"
    "  --a-metrics URL        where the daemon's metrics are: http://HOST:PORT/metrics or\n"
    "  --b-metrics URL        unix:SOCKET:/metrics (--pair: the admin sockets)\n"
    "  --null                 no access points: a door of our own that takes everything. What the\n"
    "                         generator itself can do, over plain HTTP\n"
    "  --document FILE        the template; --size SIZE fills it up (64KB) with a comment\n"
    "  --rate N               submissions begun a second (100); \"max\": as soon as a place is "
    "free\n"
    "  --seconds N            how long (10); or --messages N, how many\n"
    "  --concurrency N        submissions at once (64); above, they begin late and are timed all "
    "the\n"
    "                         same from when they should have begun\n"
    "  --fetchers N           payloads fetched at once (16)\n"
    "  --ignore-backpressure  do not wait and try again after 503: what is refused is refused\n"
    "  --empty-inbox          acknowledge whatever lies in the receiver's inbox before\n"
    "  --settle TIME          for everything promised to come out (60s)\n"
    "  --quiet TIME           how long to look for what should not come out (1s)\n"
    "  --json                 the report as JSON\n"
    "  --help, --version\n";

namespace {

constexpr std::uint64_t pair_limit = 64 * 1024;

base::Error wrong(std::string what)
{
    return {base::errc::bad_format, std::move(what)};
}

template <class Number>
base::Result<> read_number(const std::string& text, Number min, Number& into)
{
    Number value{};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !(value >= min))
        return wrong("not a number from " + std::to_string(min) + ": " + text);
    into = value;
    return {};
}

base::Result<> read_time(const std::string& text, base::Duration& into)
{
    const auto time = base::parse_duration(text);
    if (!time) return wrong("not a time like 30s: " + text);
    into = *time;
    return {};
}

Access side_in(const json::object& pair, std::string_view name)
{
    Access access;
    const auto* side = pair.if_contains(name);
    if (!side || !side->is_object()) return access;
    const auto text = [&](std::string_view key) {
        const auto* value = side->get_object().if_contains(key);
        return value && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    access.url = text("rest_url");
    access.tls.ca = text("ca");
    access.tls.certificate = text("client_certificate");
    access.tls.key = text("client_key");
    access.metrics = "unix:" + text("admin_socket") + ":/metrics";
    return access;
}

base::Result<> read_pair(const std::string& file, Options& options)
{
    const auto text = base::read_file(file, pair_limit);
    if (!text) return text.error();
    boost::system::error_code failure;
    const auto pair = json::parse(*text, failure);
    if (failure || !pair.is_object()) return wrong(file + " is no JSON object");
    options.to = side_in(pair.get_object(), "a");
    options.from = side_in(pair.get_object(), "b");
    return {};
}

struct Numbers {
    double rate = 100;
    std::optional<std::uint64_t> messages;
    double seconds = 10;
};

using Read = std::function<base::Result<>(const std::string&)>;
using Table = std::map<std::string, Read, std::less<>>;

void add_side(Table& table, const std::string& side, Access& access)
{
    const auto into = [&table, &side](const char* name, auto& value) {
        table["--" + side + "-" + name] = [&value](const std::string& text) -> base::Result<> {
            value = text;
            return {};
        };
    };
    into("url", access.url);
    into("ca", access.tls.ca);
    into("certificate", access.tls.certificate);
    into("key", access.tls.key);
    into("token-file", access.token_file);
    into("metrics", access.metrics);
}

Table table_for(Options& options, Numbers& numbers)
{
    auto& plan = options.plan;
    Table table;
    table["--pair"] = [&](const auto& text) { return read_pair(text, options); };
    add_side(table, "a", options.to);
    add_side(table, "b", options.from);
    table["--document"] = [&](const auto& text) -> base::Result<> {
        options.document = text;
        return {};
    };
    table["--size"] = [&](const auto& text) -> base::Result<> {
        const auto size = base::parse_size(text);
        if (!size) return wrong("not a size like 64KB: " + text);
        options.size = *size;
        return {};
    };
    table["--rate"] = [&](const auto& text) -> base::Result<> {
        numbers.rate = 0;
        return text == "max" ? base::Result<>() : read_number(text, 0.001, numbers.rate);
    };
    table["--seconds"] = [&](const auto& text) { return read_number(text, 0.1, numbers.seconds); };
    table["--messages"] = [&](const auto& text) {
        return read_number<std::uint64_t>(text, 1, numbers.messages.emplace());
    };
    table["--concurrency"] = [&](const auto& text) {
        return read_number<std::size_t>(text, 1, plan.concurrency);
    };
    table["--fetchers"] = [&](const auto& text) {
        return read_number<std::size_t>(text, 1, plan.fetchers);
    };
    table["--settle"] = [&](const auto& text) { return read_time(text, plan.settle); };
    table["--quiet"] = [&](const auto& text) { return read_time(text, plan.quiet); };
    return table;
}

base::Result<> check(const Options& options)
{
    if (options.document.empty()) return wrong("--document is needed");
    if (options.null) return {};
    if (options.to.url.empty() || options.from.url.empty())
        return wrong("--pair, or --a-url and --b-url, or --null is needed");
    return {};
}

} // namespace

base::Result<Options> read_options(const std::vector<std::string>& words)
{
    Options options;
    Numbers numbers;
    const auto table = table_for(options, numbers);
    const std::map<std::string, bool*, std::less<>> flags = {
        {"--null", &options.null},
        {"--json", &options.json},
        {"--ignore-backpressure", &options.plan.ignore_backpressure},
        {"--empty-inbox", &options.plan.empty_inbox}
    };
    for (std::size_t n = 0; n < words.size(); ++n) {
        const auto& word = words[n];
        if (const auto flag = flags.find(word); flag != flags.end()) {
            *flag->second = true;
            continue;
        }
        const auto option = table.find(word);
        if (option == table.end()) return wrong("there is no option " + word);
        if (n + 1 == words.size()) return wrong(word + " needs a value");
        if (const auto read = option->second(words[++n]); !read)
            return base::Error(read.error().code, word + ": " + read.error().detail);
    }
    if (const auto checked = check(options); !checked) return checked.error();
    std::optional<Schedule::Nanos> length;
    if (!numbers.messages)
        length = std::chrono::duration_cast<Schedule::Nanos>(
            std::chrono::duration<double>(numbers.seconds)
        );
    options.plan.schedule = Schedule(numbers.rate, numbers.messages, length);
    return options;
}

} // namespace kurir_load
