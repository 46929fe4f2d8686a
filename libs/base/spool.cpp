// SPDX-License-Identifier: Apache-2.0
// Content in memory or in one file, its reader, and the writer that chooses between the two.
#include "base/spool.hpp"

#include "base/id.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace base {

Content Content::of(Bytes octets)
{
    Content content;
    content.size_ = octets.size();
    content.memory_ = std::move(octets);
    return content;
}

Content Content::borrow(Path file, std::uint64_t size)
{
    Content content;
    content.file_ = std::move(file);
    content.size_ = size;
    return content;
}

Content::Content(Content&& other) noexcept
    : memory_(std::exchange(other.memory_, {})), file_(std::exchange(other.file_, std::nullopt)),
      written_(std::exchange(other.written_, std::nullopt)),
      owned_(std::exchange(other.owned_, false)), size_(std::exchange(other.size_, 0))
{
}

Content& Content::operator=(Content&& other) noexcept
{
    Content taken(std::move(other));
    // `taken` receives the old content, and its destructor removes the old file.
    std::swap(memory_, taken.memory_);
    std::swap(file_, taken.file_);
    std::swap(written_, taken.written_);
    std::swap(owned_, taken.owned_);
    std::swap(size_, taken.size_);
    return *this;
}

Content::~Content()
{
    // If the removal fails, the sweep at the next start removes the file, because no row refers to
    // it.
    if (owned_ && file_) (void)remove_file(*file_);
}

Result<> Content::adopt_file(const Path& target)
{
    assert(owned_ && file_ && written_);
    // Sync the data before the rename, so that the new name never leads to data that a crash could
    // lose.
    const auto synced = written_->sync();
    if (!synced) return synced.error();
    const auto renamed = rename_file(*file_, target);
    if (!renamed) return renamed.error();
    file_ = target;
    owned_ = false;
    written_.reset();
    const Path folder = target.parent_path();
    return sync_folder(folder.empty() ? Path(".") : folder);
}

Result<ContentReader> ContentReader::open(const Content& content)
{
    ContentReader reader;
    reader.content_ = &content;
    if (!content.in_file()) return reader;
    auto file = File::open(content.file());
    if (!file) return file.error();
    const auto size = file->size();
    if (!size) return size.error();
    if (*size != content.size()) {
        return Error(
            errc::changed, content.file().string() + " has " + std::to_string(*size) +
                               " octets; written were " + std::to_string(content.size())
        );
    }
    reader.file_ = std::move(*file);
    return reader;
}

Result<BytesView> ContentReader::read(std::size_t max)
{
    const std::uint64_t left = content_->size() - offset_;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(max, left));
    if (!file_) {
        const BytesView piece = BytesView(content_->memory()).substr(offset_, wanted);
        offset_ += piece.size();
        return piece;
    }
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    const auto got = file_->read(buffer_.data(), wanted);
    if (!got) return got.error();
    if (*got == 0 && wanted > 0) {
        return Error(errc::changed, content_->file().string() + " ends early");
    }
    offset_ += *got;
    return BytesView(buffer_).substr(0, *got);
}

Spool::Spool(Path folder, std::uint64_t memory_limit)
    : folder_(std::move(folder)), memory_limit_(memory_limit)
{
}

Result<> Spool::write(BytesView octets)
{
    if (!content_.file_ && octets.size() <= memory_limit_ - content_.size_) {
        content_.memory_ += octets;
        content_.size_ += octets.size();
        return {};
    }
    if (!content_.file_) {
        const Path path = folder_ / uuid();
        auto file = File::create(path);
        if (!file) return file.error();
        content_.file_ = path;
        content_.owned_ = true;
        content_.written_ = std::move(*file);
        const auto moved = content_.written_->write(content_.memory_);
        if (!moved) return moved.error();
        content_.memory_ = {};
    }
    const auto written = content_.written_->write(octets);
    if (!written) return written.error();
    content_.size_ += octets.size();
    return {};
}

Content Spool::finish()
{
    return std::move(content_);
}

} // namespace base
