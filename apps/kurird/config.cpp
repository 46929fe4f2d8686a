// SPDX-License-Identifier: Apache-2.0
// TOML to Config. A key nobody asked for is an error with its line, so a misspelt key never passes for a default.
#include "kurird/config.hpp"

#include "base/units.hpp"

#include <toml++/toml.h>

#include <functional>
#include <map>
#include <optional>
#include <set>

namespace kurird {

namespace {

constexpr std::uint64_t file_limit = 4 * 1024 * 1024;

// Mistakes and traces of one reading.
class Reading {
public:
    Reading(base::Path file, std::vector<KeyRead>* trace) : file_(std::move(file)), trace_(trace) {}

    void mistake(const toml::source_region& where, const std::string& what)
    {
        auto line = file_.string();
        if (where.begin.line > 0) line += ":" + std::to_string(where.begin.line);
        mistakes_ += (mistakes_.empty() ? "" : "\n") + line + ": " + what;
    }
    void note(KeyRead key)
    {
        if (trace_) trace_->push_back(std::move(key));
    }
    // Absolute, for the daemon's folder is nobody's business.
    base::Path beside(const std::string& name) const
    {
        return name.empty() ? base::Path() : (std::filesystem::absolute(file_).parent_path() / name).lexically_normal();
    }
    const std::string& mistakes() const { return mistakes_; }

private:
    base::Path file_;
    std::vector<KeyRead>* trace_;
    std::string mistakes_;
};

std::string as_text(const std::string& value) { return value; }
std::string as_text(const base::Path& value) { return value.string(); }
template <class Value>
std::string as_text(const std::vector<Value>& values)
{
    std::string text;
    for (const auto& value : values) text += as_text(value) + ",";
    return text;
}

// One table of the file. Each read() names a key, takes its value if it is there and says what is wrong with it.
class Section {
public:
    Section(Reading& reading, std::string name, const toml::table* table)
        : reading_(reading), name_(std::move(name)), table_(table)
    {
    }
    ~Section()
    {
        if (!table_) return;
        for (const auto& [key, node] : *table_) {
            const std::string text(key.str());
            if (!asked_.contains(text)) reading_.mistake(key.source(), name_ + "." + text + ": unknown key");
        }
    }
    Section(const Section&) = delete;

    // Refuses the file if the key is absent.
    Section& required(std::string_view key)
    {
        if (table_ && table_->contains(key)) return *this;
        const auto where = table_ ? table_->source() : toml::source_region{};
        reading_.mistake(where, name_ + "." + std::string(key) + ": is missing");
        return *this;
    }

    void read(std::string_view key, std::string& into)
    {
        take<std::string>(key, into, "a text", [](const std::string& value) { return std::optional(value); });
    }
    void read(std::string_view key, base::Path& into)
    {
        take<std::string>(key, into, "a file name", [&](const std::string& value) { return std::optional(reading_.beside(value)); });
    }
    void read(std::string_view key, bool& into)
    {
        const std::string before = into ? "true" : "false";
        if (const auto* node = find(key)) {
            if (const auto value = node->value_exact<bool>()) into = *value;
            else wrong(key, *node, "true or false");
        }
        note(key, before, into ? "true" : "false");
    }
    template <class Count>
    void read_count(std::string_view key, Count& into, std::int64_t most)
    {
        const auto before = std::to_string(into);
        if (const auto* node = find(key)) {
            const auto value = node->value_exact<std::int64_t>();
            if (value && *value >= 1 && *value <= most) into = static_cast<Count>(*value);
            else wrong(key, *node, "a whole number from 1 to " + std::to_string(most));
        }
        note(key, before, std::to_string(into));
    }
    void read(std::string_view key, base::Duration& into)
    {
        read_unit(key, into, "a duration like \"30s\", more than nothing", base::parse_duration, [](auto value) { return base::to_text(value); });
    }
    template <class Size>
    void read_size(std::string_view key, Size& into)
    {
        std::uint64_t size = into;
        read_unit(key, size, "a size like \"2GB\", more than nothing", base::parse_size, base::size_text);
        into = static_cast<Size>(size);
    }
    void read(std::string_view key, std::vector<std::string>& into)
    {
        read_list(key, into, [](const std::string& value) { return value; });
    }
    void read(std::string_view key, std::vector<base::Path>& into)
    {
        read_list(key, into, [&](const std::string& value) { return reading_.beside(value); });
    }
    // One of several words.
    template <class Choice>
    void read_choice(std::string_view key, Choice& into, const std::vector<std::pair<std::string, Choice>>& choices)
    {
        std::string word;
        std::string all;
        for (const auto& [name, value] : choices) {
            if (value == into) word = name;
            all += (all.empty() ? "" : ", ") + name;
        }
        take<std::string>(key, word, "one of " + all, [&](const std::string& given) {
            std::optional<std::string> found;
            for (const auto& [name, value] : choices) {
                if (name != given) continue;
                into = value;
                found = name;
            }
            return found;
        });
    }

private:
    const toml::node* find(std::string_view key)
    {
        asked_.emplace(key);
        return table_ ? table_->get(key) : nullptr;
    }
    void wrong(std::string_view key, const toml::node& node, const std::string& wanted)
    {
        reading_.mistake(node.source(), name_ + "." + std::string(key) + ": must be " + wanted);
    }
    void note(std::string_view key, std::string before, std::string after)
    {
        reading_.note({name_ + "." + std::string(key), std::move(before), std::move(after), table_ && table_->contains(key)});
    }
    // A text that `make` turns into the value, or nothing if it cannot.
    template <class Text, class Value, class Make>
    void take(std::string_view key, Value& into, const std::string& wanted, Make make)
    {
        const auto before = as_text(into);
        if (const auto* node = find(key)) {
            const auto text = node->value_exact<Text>();
            const auto value = text ? make(*text) : std::nullopt;
            if (value) into = *value;
            else wrong(key, *node, wanted);
        }
        note(key, before, as_text(into));
    }
    template <class Value, class Parse, class Print>
    void read_unit(std::string_view key, Value& into, const std::string& wanted, Parse parse, Print print)
    {
        auto word = print(into);
        take<std::string>(key, word, wanted, [&](const std::string& given) {
            std::optional<std::string> text;
            const auto value = parse(given);
            if (!value || *value <= Value{}) return text;
            into = *value;
            text = print(into);
            return text;
        });
    }
    template <class Value, class Make>
    void read_list(std::string_view key, std::vector<Value>& into, Make make)
    {
        const auto before = as_text(into);
        if (const auto* node = find(key)) {
            const auto* array = node->as_array();
            if (!array) wrong(key, *node, "a list of texts, like [\"a\", \"b\"]");
            into.clear();
            for (std::size_t i = 0; array && i < array->size(); ++i) {
                const auto text = array->get(i)->value_exact<std::string>();
                if (text && !text->empty()) into.push_back(make(*text));
                else wrong(key, *array->get(i), "a list of texts, none empty");
            }
        }
        note(key, before, as_text(into));
    }

    Reading& reading_;
    std::string name_;
    const toml::table* table_;
    std::set<std::string, std::less<>> asked_;
};

void read_tls(Section& section, http::TlsFiles& files)
{
    section.read("tls_key", files.key);
    section.read("tls_certificate", files.certificate);
    section.read("tls_ca", files.ca);
    section.read_choice<std::string>("tls_least_version", files.least_version, {{"1.2", "1.2"}, {"1.3", "1.3"}});
    section.read("tls_ciphers", files.ciphers);
}

void read_door(Section& section, Door& door)
{
    section.required("listen").read("listen", door.listen);
    section.read("tls", door.tls);
    read_tls(section, door.files);
    section.read_choice<http::ClientCertificate>(
        "tls_client", door.files.client,
        {{"required", http::ClientCertificate::required}, {"optional", http::ClientCertificate::optional}, {"none", http::ClientCertificate::none}});
    section.read_count("connections", door.limits.connections, 65536);
    section.read("request_limit", door.limits.handling);
}

void read_node(Section section, Config& config)
{
    section.required("party_id").read("party_id", config.party_id);
    section.required("key").read("key", config.key);
    section.required("certificate").read("certificate", config.certificate);
    section.read("trust", config.trust);
    section.read("data_dir", config.queue.folder);
    section.read_count("workers", config.msh.workers, 256);
    section.read("stop_limit", config.stop_limit);
}

void read_as4(Section section, Config& config)
{
    read_door(section, config.as4);
    section.read("path", config.as4_path);
}

void read_rest(Section section, Config& config)
{
    read_door(section, config.rest);
    section.read_count("concurrency", config.msh.submitting, 4096);
    section.read_size("submission_size", config.msh.submission_bytes);
    section.read("inbox_lease", config.msh.inbox_lease);
    config.rest.limits.body_bytes = config.msh.submission_bytes;
}

void read_admin(Section section, Config& config)
{
    section.read("socket", config.admin_socket);
}

void read_send(Section section, Config& config)
{
    section.read_count("concurrency", config.msh.sending, 4096);
    section.read("lease", config.msh.lease);
    section.read("exchange_limit", config.msh.exchange);
    section.read("retry_first", config.retry.first);
    section.read("retry_longest", config.retry.longest);
    section.read("time_to_live", config.retry.time_to_live);
    section.read("connect_limit", config.send.connect);
    section.read("progress_limit", config.send.piece);
    section.read("answer_limit", config.send.answer);
    section.read_count("kept_connections", config.send.kept, 1024);
    read_tls(section, config.send_tls);
}

void read_receive(Section section, Config& config)
{
    section.read_count("concurrency", config.msh.receiving, 4096);
    section.read_size("message_size", config.as4.limits.body_bytes);
    section.read_size("soap_size", config.msh.unpack.soap.bytes);
    section.read_size("early_part_size", config.msh.unpack.early_part);
    section.read("timestamp_age", config.msh.unpack.timestamp_age);
    section.read_count("parts", config.payload.parts, 10000);
    section.read_size("part_size", config.payload.compressed);
    section.read_size("part_inflated_size", config.payload.inflated);
    section.read_size("plain_text_size", config.payload.plain_text);
    section.read_count("ratio", config.payload.ratio, 1'000'000);
    section.read_size("ratio_floor", config.payload.ratio_floor);
}

void read_log(Section section, Config& config)
{
    section.read_choice<base::Level>(
        "level", config.log_level,
        {{"error", base::Level::error}, {"warning", base::Level::warning}, {"info", base::Level::info}, {"debug", base::Level::debug}});
}

void read_participant(Section section, Config& config)
{
    std::string id;
    section.required("id").read("id", id);
    config.msh.participants.push_back(id);
}

void read_client(Section section, Config& config)
{
    ClientTable client;
    section.required("name").read("name", client.name);
    section.required("participants").read("participants", client.participants);
    section.read("certificate", client.certificate);
    section.read("token_file", client.token_file);
    config.clients.push_back(std::move(client));
}

void read_peer(Section section, Config& config)
{
    PeerTable peer;
    section.required("name").read("name", peer.name);
    section.required("party_id").read("party_id", peer.party_id);
    section.required("url").read("url", peer.url);
    section.read("preset", peer.preset);
    section.read("certificates", peer.certificates);
    section.read("encryption_certificate", peer.encryption_certificate);
    section.read("participants", peer.participants);
    config.peers.push_back(std::move(peer));
}

using ReadTable = void (*)(Section, Config&);
const std::map<std::string, ReadTable, std::less<>> single_tables = {
    {"node", read_node}, {"as4", read_as4}, {"rest", read_rest}, {"admin", read_admin}, {"send", read_send}, {"receive", read_receive}, {"log", read_log}};
const std::map<std::string, ReadTable, std::less<>> repeated_tables = {
    {"participant", read_participant}, {"client", read_client}, {"peer", read_peer}};

void read_all(const toml::table& document, Reading& reading, Config& config)
{
    for (const auto& [key, node] : document) {
        const bool single = single_tables.contains(key.str());
        const bool repeated = repeated_tables.contains(key.str());
        const std::string name(key.str());
        if (!single && !repeated) reading.mistake(key.source(), name + ": unknown table");
        else if (single && !node.is_table()) reading.mistake(key.source(), name + ": must be a table, [" + name + "]");
        else if (repeated && !node.is_array_of_tables()) reading.mistake(key.source(), name + ": must be written as [[" + name + "]]");
    }
    for (const auto& [name, read] : single_tables) read(Section(reading, name, document[name].as_table()), config);
    for (const auto& [name, read] : repeated_tables) {
        const auto* array = document[name].as_array();
        for (std::size_t i = 0; array && i < array->size(); ++i) read(Section(reading, name, array->get(i)->as_table()), config);
    }
}

} // namespace

base::Result<Config> parse(std::string_view text, const base::Path& file, std::vector<KeyRead>* trace)
{
    Reading reading(file, trace);
    Config config;
    config.file = file;
    try {
        read_all(toml::parse(text, file.string()), reading, config);
    } catch (const toml::parse_error& failure) {
        reading.mistake(failure.source(), std::string(failure.description()));
    }
    if (!reading.mistakes().empty()) return base::Error(base::errc::bad_format, reading.mistakes());
    return config;
}

base::Result<Config> read_config(const base::Path& file)
{
    const auto text = base::read_file(file, file_limit);
    if (!text) return text.error();
    return parse(*text, file);
}

} // namespace kurird
