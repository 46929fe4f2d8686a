// SPDX-License-Identifier: Apache-2.0
// next() blocks while it reads a file. Nothing else runs in this program meanwhile.
#include "kurir/form_body.hpp"

#include "base/id.hpp"

namespace kurir {

FormBody::FormBody() : boundary_("form-" + base::uuid()) {}

std::string FormBody::content_type() const
{
    return "multipart/form-data; boundary=" + boundary_;
}

void FormBody::add_text(const std::string& text)
{
    length_ += text.size();
    segments_.push_back({text, {}});
}

void FormBody::add_json(std::string_view name, std::string_view json)
{
    add_text(
        "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
        "\"\r\nContent-Type: application/json\r\n\r\n" + std::string(json) + "\r\n"
    );
}

base::Result<> FormBody::add_file(std::string_view name, const std::string& file)
{
    auto opened = base::File::open(file);
    if (!opened) return opened.error();
    const auto size = opened->size();
    if (!size) return size.error();
    add_text(
        "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
        "\"\r\n\r\n"
    );
    segments_.back().file = std::move(*opened);
    length_ += *size;
    add_text("\r\n");
    return {};
}

void FormBody::finish()
{
    add_text("--" + boundary_ + "--\r\n");
}

boost::asio::awaitable<base::Result<base::Bytes>> FormBody::next()
{
    while (current_ < segments_.size()) {
        auto& segment = segments_[current_];
        if (!segment.text.empty()) co_return std::exchange(segment.text, {});
        if (segment.file) {
            base::Bytes piece(64 * 1024, '\0');
            const auto count = segment.file->read(piece.data(), piece.size());
            if (!count) co_return count.error();
            piece.resize(*count);
            if (!piece.empty()) co_return piece;
        }
        ++current_;
    }
    co_return base::Bytes();
}

} // namespace kurir
