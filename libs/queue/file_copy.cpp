// SPDX-License-Identifier: Apache-2.0
// One loop reads and copies files. It computes the digest while the octets pass.
#include "queue/file_copy.hpp"

#include "crypto/digest.hpp"
#include "queue/backup.hpp"
#include "queue/errc.hpp"

#include <optional>

namespace queue {
namespace {

constexpr std::size_t piece = 256 * 1024;

base::Result<ReadThrough>
pass(const base::Path& from, std::optional<base::File> to, BackupProgress& progress)
{
    auto in = base::File::open(from);
    if (!in) return in.error();
    crypto::Sha256 sha256;
    ReadThrough through;
    base::Bytes buffer(piece, '\0');
    while (true) {
        if (progress.stop) return base::Error(errc::stopped);
        const auto got = in->read(buffer.data(), buffer.size());
        if (!got) return got.error();
        if (*got == 0) break;
        const auto octets = base::BytesView(buffer).substr(0, *got);
        sha256.update(octets);
        through.size += octets.size();
        progress.done += octets.size();
        if (!to) continue;
        if (const auto written = to->write(octets); !written) return written.error();
    }
    if (to)
        if (const auto synced = to->sync(); !synced) return synced.error();
    through.sha256 = sha256.finish();
    return through;
}

} // namespace

base::Result<ReadThrough> read_through(const base::Path& file, BackupProgress& progress)
{
    return pass(file, std::nullopt, progress);
}

base::Result<ReadThrough>
copy_file(const base::Path& from, const base::Path& to, BackupProgress& progress)
{
    auto file = base::File::create(to);
    if (!file) return file.error();
    return pass(from, std::move(*file), progress);
}

} // namespace queue
