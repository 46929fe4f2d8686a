// SPDX-License-Identifier: Apache-2.0
// The stream reader. It reads line by line outside of bodies, and searches for the boundary inside
// them. Each step depends only on the octets, not on the ends of pieces, so that every split of the
// input gives the same parts.
#include "mime/reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mime {
namespace {

constexpr std::size_t max_boundary_length = 200; // RFC 2046 allows 70
constexpr std::size_t splice = 1024;             // octets appended to pending_ at a time

std::size_t position_of(base::BytesView text, base::BytesView wanted)
{
    // memmem is faster than string_view::find: memmem skips ahead by up to the length of `wanted`,
    // whereas find stops at each occurrence of the first character.
    const void* found = memmem(text.data(), text.size(), wanted.data(), wanted.size());
    if (found == nullptr) return base::BytesView::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool is_field_name(std::string_view name)
{
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_field_text(std::string_view value)
{
    return std::none_of(value.begin(), value.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return (octet < 0x20 && c != '\t') || octet == 0x7f;
    });
}

// Removes the angle brackets. Accepts a value without brackets, but refuses a single bracket.
bool read_content_id(std::string_view value, std::string& into)
{
    if (value.starts_with('<') && value.ends_with('>') && value.size() > 2)
        value = value.substr(1, value.size() - 2);
    if (value.empty() || value.find_first_of("<> \t") != std::string_view::npos) return false;
    into = value;
    return true;
}

} // namespace

// The rest of a line behind "--boundary".
struct Reader::BoundaryLine {
    enum { none, undecided, too_long, next_part, close } kind;
    std::size_t size = 0; // octets, including the line break
};

Reader::BoundaryLine Reader::boundary_line(base::BytesView rest) const
{
    if (rest == "-") return {BoundaryLine::undecided};
    const bool close = rest.starts_with("--");
    std::size_t at = close ? 2 : 0;
    // Skip transport padding.
    while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t'))
        ++at;
    if (at > limits_.line) return {BoundaryLine::too_long};
    const auto kind = close ? BoundaryLine::close : BoundaryLine::next_part;
    if (at == rest.size()) return {BoundaryLine::undecided};
    if (rest[at] == '\n') return {kind, at + 1};
    if (rest[at] != '\r') return {BoundaryLine::none};
    if (at + 1 == rest.size()) return {BoundaryLine::undecided};
    if (rest[at + 1] == '\n') return {kind, at + 2};
    return {BoundaryLine::none};
}

Reader::Reader(std::string boundary, PartListener& listener, const Limits& limits)
    : boundary_(std::move(boundary)), delimiter_("\n--" + boundary_), listener_(listener),
      limits_(limits)
{
    if (boundary_.empty() || boundary_.size() > max_boundary_length || !is_field_text(boundary_))
        outcome_ = base::Error(errc::bad_content_type, "boundary");
}

base::Result<> Reader::feed(base::BytesView piece)
{
    if (outcome_) outcome_ = take(piece);
    return outcome_;
}

base::Result<> Reader::finish()
{
    if (!outcome_ || stage_ == Stage::epilogue) return outcome_;
    // Accept a closing boundary without a line break.
    const std::string closing = delimiter_.substr(1) + "--";
    if (stage_ == Stage::body && pending_.find(closing) != base::Bytes::npos) outcome_ = take("\n");
    if (outcome_ && stage_ != Stage::epilogue) outcome_ = base::Error(errc::truncated);
    return outcome_;
}

// Appends `piece` to the pending octets in small steps. As soon as no octets are pending, consumes
// `piece` directly, without a copy.
base::Result<> Reader::take(base::BytesView piece)
{
    while (!piece.empty()) {
        if (pending_.empty()) {
            const base::Result<std::size_t> taken = take_all(piece);
            if (!taken) return taken.error();
            pending_ = piece.substr(*taken);
            return {};
        }
        const std::size_t before = pending_.size();
        const std::size_t joined = std::min(piece.size(), splice);
        pending_.append(piece.substr(0, joined));
        const base::Result<std::size_t> taken = take_all(pending_);
        if (!taken) return taken.error();
        if (*taken >= before) {
            pending_.clear();
            piece.remove_prefix(*taken - before);
        } else {
            pending_.erase(0, *taken);
            piece.remove_prefix(joined);
        }
    }
    return {};
}

base::Result<std::size_t> Reader::take_all(base::BytesView view)
{
    std::size_t total = 0;
    while (total < view.size()) {
        const base::Result<std::size_t> taken = step(view.substr(total));
        if (!taken) return taken.error();
        if (*taken == 0) break;
        total += *taken;
    }
    return total;
}

base::Result<std::size_t> Reader::step(base::BytesView view)
{
    switch (stage_) {
    case Stage::preamble:
        return preamble_step(view);
    case Stage::header:
        return header_step(view);
    case Stage::body:
        return body_step(view);
    case Stage::epilogue:
        break;
    }
    return view.size();
}

base::Result<std::size_t> Reader::preamble_step(base::BytesView view)
{
    const base::BytesView dashes = base::BytesView(delimiter_).substr(1);
    if (view.size() < dashes.size() && dashes.starts_with(view)) return 0;
    if (view.starts_with(dashes)) {
        const BoundaryLine line = boundary_line(view.substr(dashes.size()));
        if (line.kind == BoundaryLine::undecided) return 0;
        if (line.kind == BoundaryLine::too_long) return base::Error(errc::limit, "boundary line");
        if (line.kind == BoundaryLine::close) return base::Error(errc::broken, "no parts");
        if (line.kind == BoundaryLine::next_part) {
            stage_ = Stage::header;
            return dashes.size() + line.size;
        }
    }
    const std::size_t end = view.find('\n');
    const std::size_t size = end == base::BytesView::npos ? view.size() : end + 1;
    if (skipped_ + size > limits_.preamble) return base::Error(errc::broken, "no boundary line");
    if (end == base::BytesView::npos) return 0;
    skipped_ += size;
    return size;
}

base::Result<std::size_t> Reader::header_step(base::BytesView view)
{
    const std::size_t end = view.find('\n');
    base::BytesView line = view.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > limits_.line) return base::Error(errc::limit, "header line");
    if (end == base::BytesView::npos) return 0;
    header_bytes_ += end + 1;
    if (header_bytes_ > limits_.header_bytes) return base::Error(errc::limit, "header of a part");
    if (const base::Result<> read = header_line(line); !read) return read.error();
    return end + 1;
}

base::Result<> Reader::header_line(base::BytesView line)
{
    if (line.empty()) return header_ends();
    if (line.front() == ' ' || line.front() == '\t') {
        if (field_.empty())
            return base::Error(errc::broken, "a folded line without a header field");
        field_ += line; // unfolding removes only the line break (RFC 5322 2.2.3)
        if (field_.size() > limits_.line) return base::Error(errc::limit, "header line");
        return {};
    }
    if (const base::Result<> read = header_field(); !read) return read;
    field_ = line;
    return {};
}

base::Result<> Reader::header_field()
{
    if (field_.empty()) return {};
    const std::string field = std::exchange(field_, {});
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::string name = base::lower(field.substr(0, colon));
    if (colon == field.size() || !is_field_name(name))
        return base::Error(errc::broken, "header field");
    const std::string_view value = base::trim(std::string_view(field).substr(colon + 1));
    if (!is_field_text(value)) return base::Error(errc::broken, "control characters in " + name);

    const bool type = name == "content-type";
    const bool id = name == "content-id";
    const bool encoding = name == "content-transfer-encoding";
    const bool disposition = name == "content-disposition";
    if (!type && !id && !encoding && !disposition) return {};
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end())
        return base::Error(errc::broken, name + " twice");
    seen_.push_back(name);
    if (type) header_.content_type = value;
    if (disposition) header_.form_name = form_name(value);
    if (id && !read_content_id(value, header_.content_id)) return base::Error(errc::broken, name);
    const bool plain = base::iequals(value, "binary") || base::iequals(value, "8bit") ||
                       base::iequals(value, "7bit");
    if (encoding && !plain) return base::Error(errc::encoding, std::string(value.substr(0, 64)));
    return {};
}

base::Result<> Reader::header_ends()
{
    if (const base::Result<> read = header_field(); !read) return read;
    if (++parts_ > limits_.parts) return base::Error(errc::limit, "parts");
    const PartHeader header = std::exchange(header_, {});
    header_bytes_ = 0;
    seen_.clear();
    stage_ = Stage::body;
    at_start_ = true;
    return listener_.part_begins(header);
}

base::Result<std::size_t> Reader::body_step(base::BytesView view)
{
    if (at_start_) {
        const base::BytesView dashes = base::BytesView(delimiter_).substr(1);
        if (view.size() < dashes.size() && dashes.starts_with(view)) return 0;
        if (view.starts_with(dashes)) return boundary_step(view, 0, dashes.size());
        at_start_ = false;
    }
    // Search past content that only looks like a boundary, so that the listener gets this content
    // in one piece. Calling the listener for every few octets would be slow.
    for (std::size_t from = 0;;) {
        const std::size_t ahead = position_of(view.substr(from), delimiter_);
        if (ahead == base::BytesView::npos) break;
        const std::size_t found = from + ahead;
        from = found + delimiter_.size();
        if (boundary_line(view.substr(from)).kind == BoundaryLine::none) continue;
        const bool carriage_return = found > 0 && view[found - 1] == '\r';
        return boundary_step(view, carriage_return ? found - 1 : found, from);
    }
    // Hold back an end that may be the start of a delimiter. A delimiter has only one line feed, so
    // only the last line feed of the tail can start it. A CR before it is held back too.
    const std::size_t tail = view.size() - std::min(view.size(), delimiter_.size() - 1);
    const std::size_t line_feed = view.substr(tail).rfind('\n');
    std::size_t end = view.size();
    if (line_feed != base::BytesView::npos && delimiter_.starts_with(view.substr(tail + line_feed)))
        end = tail + line_feed;
    if (end > 0 && view[end - 1] == '\r') --end;
    return data(view, end);
}

// Handles a "--boundary" at the start of a line. The data before it ends at `data_end`, where the
// line break of the delimiter begins. `rest_begin` is the position behind "--boundary".
base::Result<std::size_t>
Reader::boundary_step(base::BytesView view, std::size_t data_end, std::size_t rest_begin)
{
    const BoundaryLine line = boundary_line(view.substr(rest_begin));
    if (line.kind == BoundaryLine::none) {
        at_start_ = false;
        return data(view, rest_begin);
    }
    if (data_end > 0) return data(view, data_end);
    if (line.kind == BoundaryLine::undecided) return 0;
    if (line.kind == BoundaryLine::too_long) return base::Error(errc::limit, "boundary line");
    stage_ = line.kind == BoundaryLine::close ? Stage::epilogue : Stage::header;
    at_start_ = false;
    if (const base::Result<> told = listener_.part_ends(); !told) return told.error();
    return rest_begin + line.size;
}

base::Result<std::size_t> Reader::data(base::BytesView view, std::size_t count)
{
    if (count == 0) return 0;
    if (const base::Result<> told = listener_.part_data(view.substr(0, count)); !told)
        return told.error();
    return count;
}

} // namespace mime
