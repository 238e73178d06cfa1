#include "netlink/rule_words.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "netlink/attributes.h"
#include "netlink/extension_words.h"

namespace netlink {

namespace {

using Bytes = std::span<const std::byte>;

/// Reads a rule's expressions in their order: something is loaded, and then compared.
class RuleReader {
 public:
  void take(Bytes expression) {
    const std::string_view name = text_in(expression, NFTA_EXPR_NAME);
    const Bytes data = find(expression, NFTA_EXPR_DATA);
    if (name == "meta") return load(meta(data));
    if (name == "payload") return load(payload(data));
    if (name == "ct") return load(tracking(data));
    if (name == "fib") return load(fib(data));
    if (name == "bitwise") return mask(data);
    if (name == "cmp") return compare(data);
    if (name == "range") return range(data);
    if (name == "lookup") return lookup(data);
    if (name == "immediate") return immediate(data);
    if (name == "match")
      return add(extension_words(text_in(data, NFTA_MATCH_NAME), find(data, NFTA_MATCH_INFO)));
    if (name == "target") return target(text_in(data, NFTA_TARGET_NAME));
    if (name == "reject") return end("drop");
    if (name != "counter" && name != "log" && name != "objref" && name != "notrack") add("?");
  }

  RuleWords words() {
    if (loaded_ != Loaded::kNothing) add("?");
    if (low_) add("?");
    return {conditions_.empty() ? "-" : conditions_, verdict_.empty() ? "-" : verdict_};
  }

 private:
  enum class Loaded { kNothing, kFamily, kProtocol, kPort, kState, kTargetKind, kMark, kOther };

  static Loaded meta(Bytes data) {
    if (find(data, NFTA_META_DREG).empty())
      return Loaded::kNothing;  // it is set, and the way goes on
    const uint32_t key = number_in(data, NFTA_META_KEY);
    if (key == NFT_META_NFPROTO) return Loaded::kFamily;
    if (key == NFT_META_L4PROTO) return Loaded::kProtocol;
    return key == NFT_META_MARK ? Loaded::kMark : Loaded::kOther;
  }

  static Loaded payload(Bytes data) {
    if (find(data, NFTA_PAYLOAD_DREG).empty()) return Loaded::kNothing;
    const uint32_t base = number_in(data, NFTA_PAYLOAD_BASE);
    const uint32_t offset = number_in(data, NFTA_PAYLOAD_OFFSET);
    const uint32_t length = number_in(data, NFTA_PAYLOAD_LEN);
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset == 2 && length == 2) return Loaded::kPort;
    const bool is_protocol = base == NFT_PAYLOAD_NETWORK_HEADER && offset == 9 && length == 1;
    return is_protocol ? Loaded::kProtocol : Loaded::kOther;  // in the family ip alone
  }

  static Loaded tracking(Bytes data) {
    if (find(data, NFTA_CT_DREG).empty()) return Loaded::kNothing;
    return number_in(data, NFTA_CT_KEY) == NFT_CT_STATE ? Loaded::kState : Loaded::kOther;
  }

  static Loaded fib(Bytes data) {
    const bool is_kind = number_in(data, NFTA_FIB_RESULT) == NFT_FIB_RESULT_ADDRTYPE &&
                         number_in(data, NFTA_FIB_FLAGS) == NFTA_FIB_F_DADDR;
    return is_kind ? Loaded::kTargetKind : Loaded::kOther;
  }

  /// Two things side by side, as the key of one set, are not understood.
  void load(Loaded what) {
    if (what == Loaded::kNothing) return;
    loaded_ = loaded_ == Loaded::kNothing && !low_ ? what : Loaded::kOther;
    mask_.reset();
  }

  void mask(Bytes data) {
    const Bytes value = find(find(data, NFTA_BITWISE_MASK), NFTA_DATA_VALUE);
    const bool is_word = loaded_ == Loaded::kState || loaded_ == Loaded::kMark;
    // A state and a mark are words of the host, and so are their masks.
    if (is_word && value.size() == 4)
      mask_ = Attribute{0, value}.native<uint32_t>();
    else
      loaded_ = Loaded::kOther;
  }

  void compare(Bytes data) {
    const uint32_t operation = number_in(data, NFTA_CMP_OP);
    const Bytes value = find(find(data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
    if (loaded_ == Loaded::kPort && value.size() == 2) {
      const uint16_t port = Attribute{0, value}.number<uint16_t>();
      if (operation == NFT_CMP_GTE && !low_) {
        low_ = port;  // its other bound follows; the register is as it was
        return;
      }
      if (operation == NFT_CMP_LTE && low_) return ports(*low_, port);
      if (operation == NFT_CMP_EQ && !low_) return ports(port, port);
    }
    add(low_ ? std::string("?") : compared(operation, value));
    low_.reset();
    loaded_ = Loaded::kNothing;
  }

  std::string compared(uint32_t operation, Bytes value) const {
    if (loaded_ == Loaded::kMark) return "mark:" + std::to_string(mask_.value_or(~uint32_t{0}));
    if (loaded_ == Loaded::kState && mask_ && operation == NFT_CMP_NEQ && is_zero(value)) {
      return "state:" + std::to_string(*mask_);
    }
    if (operation != NFT_CMP_EQ) return "?";
    if (loaded_ == Loaded::kFamily && value.size() == 1) {
      const auto family = std::to_integer<int>(value[0]);
      return family == NFPROTO_IPV4 ? "4" : family == NFPROTO_IPV6 ? "6" : "?";
    }
    if (loaded_ == Loaded::kProtocol && value.size() == 1) {
      return "proto:" + std::to_string(std::to_integer<int>(value[0]));
    }
    const bool is_local = loaded_ == Loaded::kTargetKind && value.size() == 4 &&
                          Attribute{0, value}.native<uint32_t>() == RTN_LOCAL;
    return is_local ? "local" : "?";
  }

  static bool is_zero(Bytes value) {
    for (const std::byte byte : value) {
      if (byte != std::byte{0}) return false;
    }
    return !value.empty();
  }

  void range(Bytes data) {
    const Bytes from = find(find(data, NFTA_RANGE_FROM_DATA), NFTA_DATA_VALUE);
    const Bytes to = find(find(data, NFTA_RANGE_TO_DATA), NFTA_DATA_VALUE);
    const bool is_inside = number_in(data, NFTA_RANGE_OP) == NFT_RANGE_EQ;
    if (loaded_ == Loaded::kPort && !low_ && is_inside && from.size() == 2 && to.size() == 2) {
      return ports(Attribute{0, from}.number<uint16_t>(), Attribute{0, to}.number<uint16_t>());
    }
    add("?");
    loaded_ = Loaded::kNothing;
  }

  void ports(uint16_t from, uint16_t to) {
    add("ports:" + std::to_string(from) + "-" + std::to_string(to));
    low_.reset();
    loaded_ = Loaded::kNothing;
  }

  /// A set of verdicts may do anything.
  void lookup(Bytes data) {
    const bool is_map = !find(data, NFTA_LOOKUP_DREG).empty();
    const bool is_not = number_in(data, NFTA_LOOKUP_FLAGS) != 0;
    if (is_map) end("?");
    if (loaded_ == Loaded::kPort && !low_ && !is_map && !is_not) {
      add("set:" + std::string(text_in(data, NFTA_LOOKUP_SET)));
    } else {
      add("?");
    }
    low_.reset();
    loaded_ = Loaded::kNothing;
  }

  void immediate(Bytes data) {
    const Bytes verdict = find(find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
    if (verdict.empty()) return;
    const std::string chain(text_in(verdict, NFTA_VERDICT_CHAIN));
    switch (static_cast<int32_t>(number_in(verdict, NFTA_VERDICT_CODE))) {
      case NF_DROP:
        return end("drop");
      case NF_ACCEPT:
        return end("accept");
      case NFT_CONTINUE:
        return;
      case NFT_RETURN:
        return end("return");
      case NFT_JUMP:
        return end("jump:" + chain);
      case NFT_GOTO:
        return end("goto:" + chain);
      default:
        return end("?");
    }
  }

  void target(std::string_view name) {
    if (name == "REJECT" || name == "DROP") return end("drop");
    for (const std::string_view harmless : {"LOG", "NFLOG", "MARK", "CONNMARK", "TRACE"}) {
      if (name == harmless) return;
    }
    end("?");
  }

  void add(const std::string& condition) {
    if (condition.empty()) return;
    if (!conditions_.empty()) conditions_ += ',';
    conditions_ += condition;
  }

  void end(const std::string& verdict) { verdict_ = verdict; }

  Loaded loaded_ = Loaded::kNothing;
  std::optional<uint32_t> mask_;
  std::optional<uint16_t> low_;
  std::string conditions_;
  std::string verdict_;
};

}  // namespace

RuleWords words_of(Bytes expressions) {
  RuleReader rule;
  AttributeReader reader(expressions);
  for (Attribute expression; reader.next(expression);) rule.take(expression.value);
  return rule.words();
}

}  // namespace netlink
