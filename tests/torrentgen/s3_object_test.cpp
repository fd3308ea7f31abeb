#include "torrentgen/origin/s3_object.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/error.hpp"
#include "torrentgen/origin/origin.hpp"

namespace shoal::origin {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Variables of AWS's tools for the length of a test, all others of them unset.
class Environment {
  public:
    explicit Environment(std::initializer_list<std::pair<const char*, const char*>> values) {
        for (const char* name : kNames) ::unsetenv(name);
        for (const auto& [name, value] : values) ::setenv(name, value, 1);
    }
    ~Environment() {
        for (const char* name : kNames) ::unsetenv(name);
    }

  private:
    static constexpr const char* kNames[] = {
        "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL",      "AWS_REGION",       "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",   "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};
};

std::string refused(const std::string& url) {
    try {
        open_origin({url, "", "", std::nullopt}, 0);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::kUsage);
        return error.what();
    }
    return "taken";
}

// The example of Amazon's "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
TEST(PresignedUrl, IsThatOfTheSpecification) {
    S3Store store;
    store.access_key = "AKIAIOSFODNN7EXAMPLE";
    store.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    constexpr std::int64_t kNow = 1369353600;  // 2013-05-24 00:00 UTC
    EXPECT_EQ(
        presigned_url("https://examplebucket.s3.amazonaws.com/test.txt", store, kNow,
                      std::chrono::seconds(86400)),
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
        "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&"
        "X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(ObjectUrl, IsTheStoresOwn) {
    S3Store store;
    const S3Object object = parse_s3_url("s3://models/nightly/model v2+.bin");
    EXPECT_EQ(object_url(object, store),
              "https://models.s3.us-east-1.amazonaws.com/nightly/model%20v2%2B.bin");
    EXPECT_EQ(object_url({"my.models", "a"}, store), "https://s3.us-east-1.amazonaws.com/my.models/a");
    store.endpoint = "http://127.0.0.1:9000/";
    EXPECT_EQ(object_url(object, store), "http://127.0.0.1:9000/models/nightly/model%20v2%2B.bin");
    store.endpoint = "minio:9000";
    EXPECT_THROW(object_url(object, store), Error);
    for (const char* wrong : {"s3://", "s3://bucket", "s3://bucket/", "s3:///key", "s3://bucket/folder/",
                              "s3://user@host/key", "http://a/b"})
        EXPECT_THROW(parse_s3_url(wrong), Error) << wrong;
}

TEST(Store, IsNamedAsAwsToolsNameIt) {
    {
        const Environment environment{{"AWS_ENDPOINT_URL", "http://minio:9000"},
                                      {"AWS_DEFAULT_REGION", "eu-1"}};
        const S3Store store = s3_store_of_environment();
        EXPECT_EQ(store.endpoint, "http://minio:9000");
        EXPECT_EQ(store.region, "eu-1");
        EXPECT_EQ(store.access_key, "");
    }
    {
        const Environment environment{{"AWS_ACCESS_KEY_ID", "only one half"}};
        EXPECT_THROW(s3_store_of_environment(), Error);
    }
}

TEST(Origin, IsAUrlThatAManifestCanName) {
    const Environment environment{};
    EXPECT_TRUE(is_remote("https://a/b"));
    EXPECT_TRUE(is_remote("s3://a/b"));
    EXPECT_FALSE(is_remote("/srv/s3"));
    EXPECT_FALSE(is_remote("-"));
    const Origin origin = open_origin({"https://files/a/model%20v2.bin?token=x/y", "", "", std::nullopt}, 0);
    EXPECT_EQ(origin.name, "model v2.bin");
    EXPECT_EQ(origin.web_seed, "https://files/a/model%20v2.bin?token=x/y");
    EXPECT_THAT(refused("http://"), HasSubstr("names no server"));
    EXPECT_THAT(refused("http://host/folder/"), HasSubstr("names a folder"));
    EXPECT_THAT(refused("http://host/a#b"), HasSubstr("behind '#'"));
    const std::string secret = refused("http://ops:secret@host/a");
    EXPECT_THAT(secret, HasSubstr("would publish it"));
    EXPECT_THAT(secret, Not(HasSubstr("secret@")));
}

TEST(Origin, IsSignedOnlyWhereThereIsAKey) {
    {
        const Environment environment{};
        const Origin origin = open_origin({"s3://b/k", "http://s:1", "", std::nullopt}, 0);
        EXPECT_EQ(origin.sigv4, "");
        EXPECT_EQ(origin.web_seed, "http://s:1/b/k");
        EXPECT_THROW(open_origin({"s3://b/k", "", "", std::chrono::hours(1)}, 0), Error);
    }
    const Environment environment{{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};
    const Origin origin = open_origin({"s3://b/k", "http://s", "hall-1", std::chrono::hours(7 * 24)}, 0);
    EXPECT_EQ(origin.sigv4, "aws:amz:hall-1:s3");
    EXPECT_THAT(origin.web_seed, HasSubstr("X-Amz-Expires=604800"));
    EXPECT_THAT(origin.web_seed, Not(HasSubstr("secret")));
    EXPECT_EQ(origin.url, "http://s/b/k");
    EXPECT_THROW(open_origin({"s3://b/k", "http://s:1", "", std::chrono::hours(1)}, 0), Error)
        << "hosts ask without the port, which is signed";
    EXPECT_EQ(origin.warnings.size(), 1u);
    EXPECT_THROW(open_origin({"s3://b/k", "", "", std::chrono::hours(8 * 24)}, 0), Error);
    EXPECT_THROW(open_origin({"s3://b/k", "", "", std::chrono::milliseconds(999)}, 0), Error);
    EXPECT_THROW(open_origin({"https://b/k", "", "", std::chrono::hours(1)}, 0), Error);
}

}  // namespace
}  // namespace shoal::origin
