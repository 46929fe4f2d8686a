// SPDX-License-Identifier: Apache-2.0
// The format: "kurir-backup 1", one line for the database, one line for each file, and "end COUNT
// SHA256". COUNT is the number of files. SHA256 is the digest of all octets before that line.
#include "queue/manifest.hpp"

#include "base/bytes.hpp"
#include "queue/errc.hpp"

#include <charconv>

namespace queue {
namespace {

constexpr std::string_view title = "kurir-backup 1\n";
constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t max_line_length = 1024;

base::Error damaged(const std::string& what)
{
    return base::Error(errc::damaged, "the backup's manifest: " + what);
}

std::vector<std::string> words_of(std::string_view line)
{
    std::vector<std::string> words;
    if (line.ends_with('\n')) line.remove_suffix(1);
    while (true) {
        const auto end = line.find(' ');
        words.emplace_back(line.substr(0, end));
        if (end == std::string_view::npos) return words;
        line.remove_prefix(end + 1);
    }
}

std::optional<std::uint64_t> number(const std::string& word)
{
    std::uint64_t value = 0;
    const auto* end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || word.empty()) return std::nullopt;
    return value;
}

std::optional<base::Bytes> digest(const std::string& word)
{
    auto octets = base::from_hex(word);
    if (!octets || octets->size() != crypto::sha256_size) return std::nullopt;
    return std::move(*octets);
}

// Accepts names as PayloadFolder::new_name makes them. None of them leads out of the folder.
bool is_file_name(const std::string& word)
{
    return !word.empty() && word.size() <= 64 &&
           word.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

} // namespace

base::Result<ManifestWriter> ManifestWriter::create(const base::Path& path)
{
    auto file = base::File::create(path);
    if (!file) return file.error();
    ManifestWriter writer(std::move(*file));
    if (const auto begun = writer.line(std::string(title)); !begun) return begun.error();
    return writer;
}

base::Result<> ManifestWriter::head(const ManifestHead& head)
{
    return line(
        "store " + base::to_text(head.taken) + " " + std::to_string(head.schema) + " " +
        std::to_string(head.messages) + " " + std::to_string(head.database_size) + " " +
        base::hex(head.database_sha256) + "\n"
    );
}

base::Result<> ManifestWriter::file(const ManifestFile& file)
{
    ++files_;
    return line(
        "file " + file.name + " " + std::to_string(file.size) + " " + base::hex(file.sha256) + "\n"
    );
}

base::Result<> ManifestWriter::finish()
{
    waiting_ += "end " + std::to_string(files_) + " " + base::hex(sha256_.finish()) + "\n";
    if (const auto flushed = flush(); !flushed) return flushed.error();
    return out_.sync();
}

base::Result<> ManifestWriter::line(std::string text)
{
    sha256_.update(text);
    waiting_ += text;
    return waiting_.size() < piece ? base::Result<>() : flush();
}

base::Result<> ManifestWriter::flush()
{
    const auto written = out_.write(waiting_);
    waiting_.clear();
    return written;
}

base::Result<ManifestReader> ManifestReader::open(const base::Path& path)
{
    auto file = base::File::open(path);
    if (!file) return file.error();
    ManifestReader first(std::move(*file));
    if (const auto verified = first.verify(); !verified) return verified.error();
    auto again = base::File::open(path);
    if (!again) return again.error();
    ManifestReader reader(std::move(*again));
    if (const auto read = reader.read_head(); !read) return read.error();
    return reader;
}

base::Result<> ManifestReader::verify()
{
    crypto::Sha256 sha256;
    std::uint64_t files = 0;
    while (true) {
        const auto next = line();
        if (!next) return next.error();
        if (!*next) return damaged("its end is missing");
        if (!(*next)->starts_with("end ")) {
            files += (*next)->starts_with("file ") ? 1 : 0;
            sha256.update(**next);
            continue;
        }
        const auto expected =
            "end " + std::to_string(files) + " " + base::hex(sha256.finish()) + "\n";
        if (**next != expected) return damaged("it is not what was written");
        const auto beyond = line();
        if (!beyond) return beyond.error();
        if (*beyond) return damaged("there is something after its end");
        return {};
    }
}

base::Result<> ManifestReader::read_head()
{
    const auto first = line();
    if (!first) return first.error();
    if (!*first || **first != title) return damaged("it is none, or of another version");
    const auto second = line();
    if (!second) return second.error();
    const auto words = words_of(second->value_or(""));
    if (words.size() != 6 || words[0] != "store") return damaged("its second line");
    const auto taken = base::parse_time(words[1]);
    const auto schema = number(words[2]);
    const auto messages = number(words[3]);
    const auto size = number(words[4]);
    const auto sha256 = digest(words[5]);
    if (!taken || !schema || !messages || !size || !sha256) return damaged("its second line");
    head_ = {
        .taken = *taken,
        .schema = static_cast<std::int64_t>(*schema),
        .messages = *messages,
        .database_size = *size,
        .database_sha256 = *sha256
    };
    return {};
}

base::Result<std::optional<ManifestFile>> ManifestReader::next()
{
    const auto next = line();
    if (!next) return next.error();
    const auto words = words_of(next->value_or(""));
    if (words.front() == "end") return std::optional<ManifestFile>();
    if (words.size() != 4 || words[0] != "file" || !is_file_name(words[1]))
        return damaged("a line of a file");
    const auto size = number(words[2]);
    const auto sha256 = words[3].empty() ? base::Bytes() : digest(words[3]);
    if (!size || !sha256) return damaged("a line of a file");
    return std::optional(ManifestFile{.name = words[1], .size = *size, .sha256 = *sha256});
}

base::Result<std::optional<std::string>> ManifestReader::line()
{
    while (true) {
        const auto end = buffer_.find('\n', at_);
        if (end != base::Bytes::npos) {
            auto text = buffer_.substr(at_, end + 1 - at_);
            at_ = end + 1;
            return std::optional(std::move(text));
        }
        if (buffer_.size() - at_ > max_line_length) return damaged("a line has no end");
        buffer_.erase(0, at_);
        at_ = 0;
        const auto kept = buffer_.size();
        buffer_.resize(kept + piece);
        const auto got = in_.read(buffer_.data() + kept, piece);
        if (!got) return got.error();
        buffer_.resize(kept + *got);
        if (*got > 0) continue;
        if (kept > 0) return damaged("its last line is cut off");
        return std::optional<std::string>();
    }
}

} // namespace queue
