// SPDX-License-Identifier: Apache-2.0
// Taking values out of a TOML table.
#include "kurird/config_section.hpp"

#include "base/units.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace kurird {

namespace {

constexpr std::string_view anything = "*";

template <class Value> std::string joined(const std::vector<Value>& values)
{
    std::string text;
    for (const Value& value : values)
        text += base::Path(value).string() + ",";
    return text;
}

std::string listed(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

} // namespace

void Reading::mistake(std::size_t line, const std::string& what)
{
    auto place = file_.string();
    if (line > 0) place += ":" + std::to_string(line);
    mistakes_ += (mistakes_.empty() ? "" : "\n") + place + ": " + what;
}

void Reading::note(KeyRead key)
{
    if (trace_) trace_->push_back(std::move(key));
}

base::Path Reading::beside(const std::string& name) const
{
    if (name.empty()) return {};
    return (std::filesystem::absolute(file_).parent_path() / name).lexically_normal();
}

Section::Section(Reading& reading, std::string name, const toml::table* table)
    : reading_(reading), name_(std::move(name)), table_(table)
{
}

Section::~Section()
{
    if (!table_) return;
    for (const auto& [key, node] : *table_) {
        const std::string text(key.str());
        if (asked_.contains(text)) continue;
        reading_.mistake(key.source().begin.line, name_ + "." + text + ": unknown key");
    }
}

std::size_t Section::line() const
{
    return table_ ? table_->source().begin.line : 0;
}

Section& Section::required(std::string_view key)
{
    if (table_ && table_->contains(key)) return *this;
    reading_.mistake(line(), name_ + "." + std::string(key) + ": is missing");
    return *this;
}

void Section::read(std::string_view key, std::string& into)
{
    const auto take = [&](const std::string& text) {
        into = text;
        return true;
    };
    read_text(key, "a text", take, [&] { return into; });
}

void Section::read_printable(std::string_view key, std::string& into)
{
    const auto take = [&](const std::string& text) {
        into = text;
        return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    };
    read_text(key, "a text of printable ASCII", take, [&] { return into; });
}

void Section::read(std::string_view key, base::Path& into)
{
    const auto take = [&](const std::string& text) {
        into = reading_.beside(text);
        return true;
    };
    read_text(key, "a file name", take, [&] { return into.string(); });
}

void Section::read(std::string_view key, bool& into)
{
    const auto before = into;
    if (const auto* node = find(key)) {
        if (const auto value = node->value_exact<bool>())
            into = *value;
        else
            wrong(key, *node, "true or false");
    }
    note(key, before ? "true" : "false", into ? "true" : "false");
}

void Section::read(std::string_view key, base::Duration& into)
{
    const auto take = [&](const std::string& text) {
        const auto value = base::parse_duration(text);
        if (!value || *value <= base::Duration{}) return false;
        into = *value;
        return true;
    };
    read_text(key, "a duration like \"30s\", more than nothing", take, [&] {
        return base::to_text(into);
    });
}

void Section::read_from_zero(std::string_view key, base::Duration& into)
{
    const auto take = [&](const std::string& text) {
        const auto value = base::parse_duration(text);
        if (!value || *value < base::Duration{}) return false;
        into = *value;
        return true;
    };
    read_text(key, "a duration like \"30s\", or \"0s\"", take, [&] { return base::to_text(into); });
}

void Section::read(std::string_view key, std::optional<std::string>& into)
{
    const auto take = [&](const std::string& text) {
        into = text == anything ? std::nullopt : std::optional(text);
        return true;
    };
    read_text(key, "a text", take, [&] { return into.value_or(std::string(anything)); });
}

void Section::read_size(std::string_view key, std::uint64_t& into)
{
    const auto take = [&](const std::string& text) {
        const auto value = base::parse_size(text);
        if (!value || *value == 0) return false;
        into = *value;
        return true;
    };
    read_text(key, "a size like \"2GB\", more than nothing", take, [&] {
        return base::size_text(into);
    });
}

void Section::read_bound(std::string_view key, std::uint64_t& into)
{
    const auto take = [&](const std::string& text) {
        const auto value = base::parse_size(text);
        if (value) into = *value;
        return value.has_value();
    };
    read_text(key, "a size like \"2GB\", or \"0B\" for none", take, [&] {
        return base::size_text(into);
    });
}

void Section::read_count(std::string_view key, std::uint64_t& into, std::int64_t max)
{
    const auto before = into;
    if (const auto* node = find(key)) {
        const auto value = node->value_exact<std::int64_t>();
        if (value && *value >= 1 && *value <= max)
            into = static_cast<std::uint64_t>(*value);
        else
            wrong(key, *node, "a whole number from 1 to " + std::to_string(max));
    }
    note(key, std::to_string(before), std::to_string(into));
}

void Section::read_bound(std::string_view key, int& into, std::int64_t max)
{
    const auto before = into;
    if (const auto* node = find(key)) {
        const auto value = node->value_exact<std::int64_t>();
        if (value && *value >= 0 && *value <= max)
            into = static_cast<int>(*value);
        else
            wrong(key, *node, "a whole number up to " + std::to_string(max) + ", or 0 for none");
    }
    note(key, std::to_string(before), std::to_string(into));
}

void Section::read_share(std::string_view key, double& into)
{
    const auto before = into;
    if (const auto* node = find(key)) {
        const auto value = node->value<double>();
        if (value && *value >= 0 && *value <= 1) // which NaN is not
            into = *value;
        else
            wrong(key, *node, "a share from 0.0 to 1.0");
    }
    note(key, std::to_string(before), std::to_string(into));
}

void Section::read(std::string_view key, std::vector<std::string>& into)
{
    const auto take = [&](const std::string& text) {
        into.push_back(text);
        return true;
    };
    read_list(key, into, take, "a list of texts, none empty");
}

void Section::read(std::string_view key, std::vector<base::Path>& into)
{
    const auto take = [&](const std::string& text) {
        into.push_back(reading_.beside(text));
        return true;
    };
    read_list(key, into, take, "a list of texts, none empty");
}

void Section::read_word(
    std::string_view key, std::string& word, const std::vector<std::string>& words
)
{
    const auto take = [&](const std::string& text) {
        if (std::ranges::find(words, text) == words.end()) return false;
        word = text;
        return true;
    };
    read_text(key, "one of " + listed(words), take, [&] { return word; });
}

void Section::read_words(
    std::string_view key, std::vector<std::string>& words, const std::vector<std::string>& allowed
)
{
    const auto take = [&](const std::string& text) {
        const bool known = std::ranges::find(allowed, text) != allowed.end();
        if (!known || std::ranges::find(words, text) != words.end()) return false;
        words.push_back(text);
        return true;
    };
    const auto wanted = "a list of one or more of " + listed(allowed) + ", none twice";
    read_list(key, words, take, wanted);
    if (const auto* node = find(key); node && words.empty()) wrong(key, *node, wanted);
}

void Section::read_one(
    std::string_view key, std::vector<std::string>& into, const std::vector<std::string>& known
)
{
    auto word = into.front();
    read_word(key, word, known);
    into = {word};
}

void Section::read_fixed_text(
    std::string_view key, const std::vector<std::string>& allowed, std::string_view reason
)
{
    auto value = allowed.front();
    const auto take = [&](const std::string& text) {
        value = text;
        return std::ranges::find(allowed, text) != allowed.end();
    };
    const auto wanted = "\"" + allowed.front() + "\": " + std::string(reason);
    read_text(key, wanted, take, [&] { return value; });
}

void Section::read_fixed(std::string_view key, bool value, std::string_view reason)
{
    const std::string only = value ? "true" : "false";
    if (const auto* node = find(key); node && node->value_exact<bool>() != value)
        wrong(key, *node, only + ": " + std::string(reason));
    note(key, only, only);
}

void Section::read_tables(std::string_view key, const std::function<void(Section&)>& read)
{
    const auto* node = find(key);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return wrong(key, *node, "a list of tables, like [{ name = \"a\" }]");
    for (const auto& each : *array) {
        if (!each.is_table()) {
            wrong(key, each, "a list of tables, like [{ name = \"a\" }]");
            continue;
        }
        Section table(reading_, name_ + "." + std::string(key), each.as_table());
        read(table);
    }
}

void Section::read_text(
    std::string_view key, const std::string& wanted, const Take& take, const Print& print
)
{
    const auto before = print();
    if (const auto* node = find(key)) {
        const auto text = node->value_exact<std::string>();
        if (!text || !take(*text)) wrong(key, *node, wanted);
    }
    note(key, before, print());
}

template <class Value>
void Section::read_list(
    std::string_view key, std::vector<Value>& into, const Take& take, std::string_view wanted
)
{
    const auto before = joined(into);
    if (const auto* node = find(key)) {
        into.clear();
        const auto* array = node->as_array();
        if (!array) wrong(key, *node, std::string(wanted));
        for (std::size_t i = 0; array && i < array->size(); ++i) {
            const auto text = array->get(i)->value_exact<std::string>();
            if (!text || text->empty() || !take(*text))
                wrong(key, *array->get(i), std::string(wanted));
        }
    }
    note(key, before, joined(into));
}

const toml::node* Section::find(std::string_view key)
{
    asked_.emplace(key);
    return table_ ? table_->get(key) : nullptr;
}

void Section::wrong(std::string_view key, const toml::node& node, const std::string& wanted)
{
    reading_.mistake(
        node.source().begin.line, name_ + "." + std::string(key) + ": must be " + wanted
    );
}

void Section::note(std::string_view key, std::string before, std::string after)
{
    reading_.note(
        {name_ + "." + std::string(key), std::move(before), std::move(after),
         table_ && table_->contains(key)}
    );
}

} // namespace kurird
