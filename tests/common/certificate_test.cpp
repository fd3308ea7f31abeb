#include "common/http/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include "common/error.hpp"
#include "common/http/server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace shoal::http {
namespace {

constexpr std::int64_t kDay = 24 * 3600;

TEST(CertificateState, TellsTheTimesApart) {
    const CertificateValidity validity{1000, 1000 + 90 * kDay};
    EXPECT_EQ(state_of(validity, 999), CertificateState::kNotYetValid);
    EXPECT_EQ(state_of(validity, 1000), CertificateState::kGood);
    EXPECT_EQ(state_of(validity, validity.end - 14 * kDay), CertificateState::kGood);
    EXPECT_EQ(state_of(validity, validity.end - 14 * kDay + 1), CertificateState::kExpiresSoon);
    EXPECT_EQ(state_of(validity, validity.end), CertificateState::kExpiresSoon);
    EXPECT_EQ(state_of(validity, validity.end + 1), CertificateState::kExpired);
}

TEST(UtcText, IsIso8601) {
    EXPECT_EQ(utc_text(1'800'000'000), "2027-01-15T08:00:00Z");
}

/// PEM files of a key and of self-signed certificates with it.
class CertificateFiles {
  public:
    CertificateFiles() : key_(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), ::EVP_PKEY_free) {}

    /// Appends one that is valid from and to so many days from now.
    void add(int begin, int end) {
        const std::unique_ptr<X509, decltype(&::X509_free)> certificate(::X509_new(), ::X509_free);
        ::X509_set_version(certificate.get(), 2);
        ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), begin * kDay);
        ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), end * kDay);
        ::X509_set_pubkey(certificate.get(), key_.get());
        ASSERT_NE(::X509_sign(certificate.get(), key_.get(), ::EVP_sha256()), 0);
        const File file(std::fopen((folder_ / "cert.pem").c_str(), "a"), std::fclose);
        ASSERT_EQ(::PEM_write_X509(file.get(), certificate.get()), 1);
    }
    void write_key(const char* pass_phrase) {
        const File file(std::fopen((folder_ / "key.pem").c_str(), "w"), std::fclose);
        ASSERT_EQ(::PEM_write_PrivateKey(file.get(), key_.get(),
                                         pass_phrase == nullptr ? nullptr : ::EVP_aes_128_cbc(), nullptr, 0,
                                         nullptr, const_cast<char*>(pass_phrase)),
                  1);
    }
    [[nodiscard]] ServerOptions options() const {
        ServerOptions options;
        options.tls = TlsFiles{folder_ / "cert.pem", folder_ / "key.pem"};
        return options;
    }

  private:
    using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
    test::TemporaryFolder folder_;
    std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key_;
};

TEST(Check, TellsWhenTheWholeChainIsValid) {
    CertificateFiles files;
    files.add(-2, 90);
    files.add(-1, 30);
    files.add(-9, 900);
    files.write_key(nullptr);
    const std::int64_t now = std::time(nullptr);
    const auto validity = check(files.options());
    ASSERT_TRUE(validity.has_value());
    EXPECT_NEAR(static_cast<double>(validity->begin), static_cast<double>(now - kDay), 60);
    EXPECT_NEAR(static_cast<double>(validity->end), static_cast<double>(now + 30 * kDay), 60);
    EXPECT_EQ(check(ServerOptions{}), std::nullopt);
}

TEST(Check, RefusesAKeyWithAPassPhraseWithoutAskingForIt) {
    CertificateFiles files;
    files.add(-1, 1);
    files.write_key("secret");
    EXPECT_THROW(check(files.options()), Error);
    files.write_key(nullptr);
    EXPECT_NO_THROW(check(files.options()));
}

}  // namespace
}  // namespace shoal::http
