// SPDX-License-Identifier: Apache-2.0
// The bound of the cache and who leaves first.
#include "crypto/certificate_cache.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

TEST_CASE("what was kept is found, what was not is not", "[crypto]")
{
    crypto::RecentlySeen<int> seen(2);
    CHECK(seen.find("a") == nullptr);
    seen.keep("a", std::make_shared<int>(1));
    REQUIRE(seen.find("a"));
    CHECK(*seen.find("a") == 1);
}

TEST_CASE("the one not used longest goes when the cache is full", "[crypto]")
{
    crypto::RecentlySeen<int> seen(2);
    seen.keep("a", std::make_shared<int>(1));
    seen.keep("b", std::make_shared<int>(2));
    CHECK(seen.find("a"));
    seen.keep("c", std::make_shared<int>(3));
    CHECK(seen.size() == 2);
    CHECK(seen.find("a"));
    CHECK_FALSE(seen.find("b"));
    CHECK(seen.find("c"));
}

TEST_CASE("keeping the same key twice keeps the first", "[crypto]")
{
    crypto::RecentlySeen<int> seen(2);
    seen.keep("a", std::make_shared<int>(1));
    seen.keep("a", std::make_shared<int>(2));
    CHECK(*seen.find("a") == 1);
    CHECK(seen.size() == 1);
}

TEST_CASE("many threads may use the cache", "[crypto]")
{
    crypto::RecentlySeen<int> seen(8);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&seen] {
                for (int i = 0; i < 2000; ++i) {
                    const std::string key = std::to_string(i % 16);
                    if (!seen.find(key)) seen.keep(key, std::make_shared<int>(i % 16));
                }
            });
        }
    }
    CHECK(seen.size() == 8);
}
