// SPDX-License-Identifier: Apache-2.0
// One table of the configuration file while it is read: takes values by key, remembers which keys
// were asked for, and says of each mistake where it stands.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"
#include "kurird/config.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toml {
inline namespace v3 {
class table;
class node;
} // namespace v3
} // namespace toml

namespace kurird {

// Mistakes and traces of one reading.
class Reading {
public:
    Reading(base::Path file, std::vector<KeyRead>* trace) : file_(std::move(file)), trace_(trace) {}
    void mistake(std::size_t line, const std::string& what); // line 0: of the whole file
    void note(KeyRead key);
    base::Path beside(const std::string& name) const; // absolute; empty stays empty
    const std::string& mistakes() const { return mistakes_; }

private:
    base::Path file_;
    std::vector<KeyRead>* trace_;
    std::string mistakes_;
};

// Each read names a key, takes its value if it is there and says what is wrong with it. Keys nobody
// asked for are mistakes when the section ends.
class Section {
public:
    Section(Reading& reading, std::string name, const toml::table* table);
    ~Section();
    Section(const Section&) = delete;

    std::size_t line() const;                // where the table begins; 0 if the file has none
    Section& required(std::string_view key); // a mistake if it is absent

    void read(std::string_view key, std::string& into);
    void read_printable(std::string_view key, std::string& into); // ASCII, for a header field
    void read(std::string_view key, base::Path& into);
    void read(std::string_view key, bool& into);
    void read(std::string_view key, base::Duration& into);
    void read_from_zero(std::string_view key, base::Duration& into);
    void read(std::string_view key, std::vector<std::string>& into);
    void read(std::string_view key, std::vector<base::Path>& into);
    void read(std::string_view key, std::optional<std::string>& into); // "*" = nothing
    void read_size(std::string_view key, std::uint64_t& into);
    void read_bound(std::string_view key, std::uint64_t& into); // a size; "0B" = none
    void read_count(std::string_view key, std::uint64_t& into, std::int64_t max);
    void read_bound(std::string_view key, int& into, std::int64_t max); // 0 = none
    void read_share(std::string_view key, double& into);                // from 0 to 1
    // One of several words, each with its value.
    template <class Choice>
    void read_choice(
        std::string_view key, Choice& into,
        const std::vector<std::pair<std::string, Choice>>& choices
    )
    {
        std::string word;
        std::vector<std::string> words;
        for (const auto& [name, value] : choices) {
            if (value == into) word = name;
            words.push_back(name);
        }
        read_word(key, word, words);
        for (const auto& [name, value] : choices) {
            if (name == word) into = value;
        }
    }

    // Several of these words, none twice, at least one.
    template <class Choice>
    void read_choices(
        std::string_view key, std::vector<Choice>& into,
        const std::vector<std::pair<std::string, Choice>>& choices
    )
    {
        std::vector<std::string> words;
        std::vector<std::string> allowed;
        for (const Choice& each : into)
            for (const auto& [name, value] : choices)
                if (value == each) words.push_back(name);
        for (const auto& [name, value] : choices)
            allowed.push_back(name);
        read_words(key, words, allowed);
        into.clear();
        for (const auto& word : words)
            for (const auto& [name, value] : choices)
                if (name == word) into.push_back(value);
    }
    // One of the values that are known; the list has that one then.
    void read_one(
        std::string_view key, std::vector<std::string>& into, const std::vector<std::string>& known
    );
    // A key with one value that works, the first (or another name of it); `reason` is told for any
    // other.
    void read_fixed_text(
        std::string_view key, const std::vector<std::string>& allowed, std::string_view reason
    );
    void read_fixed(std::string_view key, bool value, std::string_view reason);
    // A list of tables within this one, each read by `read`.
    void read_tables(std::string_view key, const std::function<void(Section&)>& read);

private:
    using Take = std::function<bool(const std::string&)>; // false: the text is none that is wanted
    using Print = std::function<std::string()>;
    void read_text(
        std::string_view key, const std::string& wanted, const Take& take, const Print& print
    );
    // `into` has what the list says, if it is there, instead of what it had.
    template <class Value>
    void read_list(
        std::string_view key, std::vector<Value>& into, const Take& take, std::string_view wanted
    );
    void read_word(std::string_view key, std::string& word, const std::vector<std::string>& words);
    void read_words(
        std::string_view key, std::vector<std::string>& words,
        const std::vector<std::string>& allowed
    );

    const toml::node* find(std::string_view key);
    void wrong(std::string_view key, const toml::node& node, const std::string& wanted);
    void note(std::string_view key, std::string before, std::string after);

    Reading& reading_;
    std::string name_;
    const toml::table* table_; // null if the file has no such table
    std::set<std::string, std::less<>> asked_;
};

} // namespace kurird
