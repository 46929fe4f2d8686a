// SPDX-License-Identifier: Apache-2.0
// Every statement of the queue is a range of an index: none reads or sorts a million rows for a
// few. The statements are those of the sources, so that a later one without an index is found too.
#include "opened.hpp"
#include "queue/sqlite.hpp"

#include <algorithm>
#include <cctype>
#include <set>

using namespace queue;

namespace {

const base::Path sources = base::Path(KURIR_SOURCE_DIR) / "libs/queue";

// The string literals of a source, adjacent ones joined as the compiler does.
class Literals {
public:
    explicit Literals(const std::string& source) : left_(source) {}
    std::vector<std::string> all()
    {
        while (!left_.empty())
            step();
        end();
        return std::move(all_);
    }

private:
    void step()
    {
        if (skip("//", "\n") || skip("#include", "\n") || skip("R\"sql(", ")sql\"") ||
            skip("'\"'", "") || literal())
            return;
        // The one macro that stands between literals: which columns does not matter here.
        constexpr std::string_view columns = "MESSAGE_COLUMNS";
        if (open_ && left_.starts_with(columns)) {
            *open_ += " * ";
            left_.remove_prefix(columns.size());
            return;
        }
        if (std::isspace(static_cast<unsigned char>(left_.front())) == 0) end();
        left_.remove_prefix(1);
    }
    bool skip(std::string_view from, std::string_view to)
    {
        if (!left_.starts_with(from)) return false;
        const auto end_at = left_.find(to, from.size());
        left_.remove_prefix(std::min(left_.size(), end_at + to.size()));
        return true;
    }
    bool literal()
    {
        if (!left_.starts_with('"')) return false;
        if (!open_) open_.emplace();
        std::size_t n = 1;
        for (; n < left_.size() && left_[n] != '"'; ++n) {
            if (left_[n] == '\\') ++n;
            *open_ += left_[n];
        }
        left_.remove_prefix(std::min(left_.size(), n + 1));
        return true;
    }
    void end()
    {
        if (open_) all_.push_back(std::move(*open_));
        open_.reset();
    }

    std::string_view left_;
    std::optional<std::string> open_;
    std::vector<std::string> all_;
};

bool is_statement(const std::string& text)
{
    return std::ranges::any_of(
        std::vector{"SELECT ", "UPDATE ", "DELETE ", "INSERT INTO "},
        [&](const char* verb) { return text.starts_with(verb); }
    );
}

std::set<std::string> statements()
{
    // A backup reads all there is; the others are at work on stores that nobody else uses.
    const std::set<base::Path> whole = {"backup.cpp", "restore.cpp", "migration.cpp", "schema.cpp"};
    std::set<std::string> found;
    const auto files = base::list_folder(sources);
    REQUIRE(files);
    for (const auto& name : *files) {
        if (name.extension() != ".cpp" || whole.contains(name)) continue;
        const auto source = base::read_file(sources / name, 1u << 20);
        REQUIRE(source);
        for (auto& text : Literals(*source).all())
            if (is_statement(text)) found.insert(std::move(text));
    }
    return found;
}

// What SQLite would do for it, a line each.
std::vector<std::string> plan_of(Connection& database, const std::string& statement)
{
    auto rows = database.query("EXPLAIN QUERY PLAN " + statement);
    std::vector<std::string> plan;
    while (true) {
        const auto found = rows.next();
        REQUIRE(found);
        if (!*found) return plan;
        plan.push_back(rows.text(3));
    }
}

bool costs_more_with_more_messages(const std::string& statement, const std::string& line)
{
    // A few rows each: of states and peers, of destinations, of settings.
    const std::vector<std::string> small = {
        "SCAN state_count", "SCAN destination", "SCAN pragma_", "SCAN CONSTANT"
    };
    if (std::ranges::any_of(small, [&](const auto& each) { return line.starts_with(each); }))
        return false;
    if (line.starts_with("SCAN")) return true;
    if (line.find("TEMP B-TREE") == std::string::npos) return false;
    // Few rows to sort: a message has at most 16 receipts; a MessageId one message of each party.
    const std::vector<std::string> few = {
        "FROM receipt WHERE message = ?", "AND origin IS NOT NULL"
    };
    return std::ranges::none_of(few, [&](const auto& each) {
        return statement.find(each) != std::string::npos;
    });
}

} // namespace

TEST_CASE("no statement of the queue reads or sorts all messages", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        const Opened store(folder.path());
    }
    auto database = Connection::open(folder.path() / "kurir.db", Connection::Access::read_only);
    REQUIRE(database);
    const auto all = statements();
    CHECK(all.size() > 50); // they were found
    for (const auto& statement : all) {
        INFO(statement);
        for (const auto& line : plan_of(*database, statement)) {
            INFO(line);
            CHECK_FALSE(costs_more_with_more_messages(statement, line));
        }
    }
}

TEST_CASE("a statement that reads or sorts all messages is told apart", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        const Opened store(folder.path());
    }
    auto database = Connection::open(folder.path() / "kurir.db", Connection::Access::read_only);
    REQUIRE(database);
    const auto* statement = GENERATE(
        "SELECT sequence FROM message WHERE action = ?", "SELECT count(*) FROM message",
        "SELECT sequence FROM message WHERE state = ? ORDER BY created",
        "DELETE FROM part WHERE file IS NULL"
    );
    CHECK(std::ranges::any_of(plan_of(*database, statement), [&](const auto& line) {
        return costs_more_with_more_messages(statement, line);
    }));
}

TEST_CASE("the statements of a source are found whole", "[queue]")
{
    const auto found = Literals("f(\"SELECT a\" // \"no\"\n  \" FROM b\", \"x\\\"y\", \"SELECT \" "
                                "MESSAGE_COLUMNS \" FROM c\"); '\"' R\"sql(SELECT 1)sql\"")
                           .all();
    CHECK(found == std::vector<std::string>{"SELECT a FROM b", "x\"y", "SELECT  *  FROM c"});
}
