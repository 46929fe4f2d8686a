// SPDX-License-Identifier: Apache-2.0
// A listener that keeps what it is told, and readings of whole texts with it.
#pragma once

#include "mime/reader.hpp"

#include <string>
#include <vector>

struct Part {
    mime::PartHeader header;
    std::string content;
    bool ended = false;
};

class Recorder final : public mime::PartListener {
public:
    base::Result<> part_begins(const mime::PartHeader& header) override
    {
        parts.push_back({header, {}, false});
        return {};
    }
    base::Result<> part_data(base::BytesView octets) override
    {
        if (octets.empty()) empty_data = true;
        parts.back().content += octets;
        largest_data = std::max(largest_data, octets.size());
        return {};
    }
    base::Result<> part_ends() override
    {
        parts.back().ended = true;
        return {};
    }

    std::vector<Part> parts;
    bool empty_data = false;
    std::size_t largest_data = 0;
};

struct Reading {
    std::vector<Part> parts;
    boost::system::error_code error;
    bool empty_data = false;

    // Everything a listener and its caller could see, as one text to compare.
    std::string text() const
    {
        std::string all = error ? error.message() : "complete";
        for (const Part& part : parts)
            all += "|" + part.header.content_type + "|" + part.header.content_id + "|" +
                   part.content + (part.ended ? "|end" : "|open");
        return all;
    }
};

inline Reading read_in_pieces(
    const std::string& text, std::size_t size, const std::string& boundary = "b",
    const mime::Limits& limits = {}
)
{
    Recorder recorder;
    mime::Reader reader(boundary, recorder, limits);
    base::Result<> outcome;
    for (std::size_t at = 0; at < text.size() && outcome; at += size)
        outcome = reader.feed(text.substr(at, size));
    outcome = reader.finish();
    return {
        recorder.parts, outcome ? boost::system::error_code() : outcome.error().code,
        recorder.empty_data
    };
}

inline Reading read_all(
    const std::string& text, const std::string& boundary = "b", const mime::Limits& limits = {}
)
{
    return read_in_pieces(text, std::max<std::size_t>(text.size(), 1), boundary, limits);
}
