// SPDX-License-Identifier: Apache-2.0
// Gathers what is wrong with a configuration, so that an operator sees all of it at once.
#pragma once

#include "ebms/structure.hpp"
#include "kurird/config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kurird {

// Gathers what is wrong, each with the table it stands in and that table's line.
class Findings {
public:
    explicit Findings(const Config& config) : config_(config) {}
    void mistake(const std::string& where, const std::string& what)
    {
        text_ += (text_.empty() ? "" : "\n") + place(where) + ": " + where + ": " + what;
    }
    // The value, or nothing and a mistake.
    template <class Value>
    std::optional<Value> take(const std::string& where, base::Result<Value> result)
    {
        if (result) return std::move(*result);
        mistake(where, result.error().text());
        return std::nullopt;
    }
    // A mistake if `value` of the key would not reach a peer as it is written here.
    void check_text(const std::string& where, const std::string& key, const std::string& value)
    {
        if (const auto obstacle = ebms::obstacle_in(value); !obstacle.empty())
            mistake(where, key + " " + std::string(obstacle) + in_quotes(value));
    }
    void check_texts(
        const std::string& where, const std::string& key, const std::vector<std::string>& values
    )
    {
        for (const auto& value : values)
            check_text(where, key, value);
    }
    // The same, and an empty value is right too.
    void
    check_optional_text(const std::string& where, const std::string& key, const std::string& value)
    {
        if (!value.empty()) check_text(where, key, value);
    }
    const std::string& text() const { return text_; }
    std::vector<std::string> warnings;

private:
    static std::string in_quotes(const std::string& value)
    {
        return value.empty() ? "" : ": \"" + value.substr(0, 100) + "\"";
    }

    // "kurir.toml:12" of the table that `where` begins with; of several the one with the longest
    // name.
    std::string place(const std::string& where) const
    {
        std::size_t line = 0;
        for (const auto& [table, begins] : config_.lines) {
            if (where.starts_with(table)) line = begins; // in order: a longer name comes later
        }
        return config_.file.string() + (line > 0 ? ":" + std::to_string(line) : "");
    }

    const Config& config_;
    std::string text_;
};

} // namespace kurird
