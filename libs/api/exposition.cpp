// SPDX-License-Identifier: Apache-2.0
// Escapes as the format requires: quotation marks in labels, but not in HELP.
#include "api/exposition.hpp"

#include <fmt/format.h>

namespace api {

namespace {

std::string escaped(std::string_view text, bool quotes)
{
    std::string safe;
    for (const char c : text) {
        if (c == '\\')
            safe += "\\\\";
        else if (c == '\n')
            safe += "\\n";
        else if (c == '"' && quotes)
            safe += "\\\"";
        else
            safe += c;
    }
    return safe;
}

std::string_view to_text(Exposition::Kind kind)
{
    switch (kind) {
    case Exposition::Kind::counter:
        return "counter";
    case Exposition::Kind::gauge:
        return "gauge";
    case Exposition::Kind::histogram:
        return "histogram";
    }
    return "untyped";
}

} // namespace

double seconds(base::Duration time)
{
    return std::chrono::duration<double>(time).count();
}

void Exposition::family(std::string_view name, Kind kind, std::string_view help)
{
    name_ = name;
    text_ += fmt::format(
        "# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name, to_text(kind)
    );
}

void Exposition::sample(Labels labels, std::uint64_t value)
{
    line("", labels, std::to_string(value));
}

void Exposition::sample(Labels labels, double value)
{
    line("", labels, fmt::format("{}", value));
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view value)
{
    (text_ += name_) += suffix;
    char separator = '{';
    for (const auto& [name, content] : labels) {
        text_ += separator;
        ((text_ += name) += "=\"") += escaped(content, true);
        text_ += '"';
        separator = ',';
    }
    if (labels.size() > 0) text_ += '}';
    ((text_ += ' ') += value) += '\n';
}

void Exposition::histogram(
    std::string_view name, std::string_view help, const msh::Durations& durations
)
{
    family(name, Kind::histogram, help);
    std::uint64_t so_far = 0;
    for (std::size_t step = 0; step < durations.bounds.size(); ++step) {
        so_far += durations.counts[step];
        const auto bound = fmt::format("{}", seconds(durations.bounds[step]));
        line("_bucket", {{"le", bound}}, std::to_string(so_far));
    }
    so_far += durations.counts.back();
    line("_bucket", {{"le", "+Inf"}}, std::to_string(so_far));
    line("_sum", {}, fmt::format("{}", seconds(durations.sum)));
    line("_count", {}, std::to_string(so_far));
}

} // namespace api
