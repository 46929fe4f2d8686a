// SPDX-License-Identifier: Apache-2.0
// A multipart form (RFC 7578) as a request body. Files are read while the body is sent.
#pragma once

#include "base/file.hpp"
#include "http/message.hpp"

#include <string>
#include <vector>

namespace kurir {

class FormBody final : public http::BodySource {
public:
    FormBody();
    std::string content_type() const;
    void add_json(std::string_view name, std::string_view json);
    base::Result<> add_file(std::string_view name, const std::string& file); // errors of base
    // Ends the form. Add nothing afterwards.
    void finish();

    std::optional<std::uint64_t> length() const override { return length_; }
    boost::asio::awaitable<base::Result<base::Bytes>> next() override;

private:
    // A text and, if there is one, the file that follows the text.
    struct Segment {
        std::string text;
        std::optional<base::File> file;
    };
    void add_text(const std::string& text);

    std::string boundary_;
    std::vector<Segment> segments_;
    std::size_t current_ = 0;
    std::uint64_t length_ = 0;
};

} // namespace kurir
