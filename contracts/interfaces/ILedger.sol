// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What happened to the words of an entry.
enum Op {
    Noted,
    Opened,
    Moved,
    Discharged,
    Merged,
    PolicySet,
    Conveyed,
    Encumbered,
    Released,
    Foreclosed,
    Frozen,
    Thawed,
    Reassigned,
    Recorded
}

enum LotState {
    Absent,
    Live,
    Discharged,
    Merged,
    Frozen
}

/// A debt of `face` minor units (fen, cent) owed by `debtor`, due on `maturity` (YYYYMMDD).
struct Claim {
    uint32 debtor;
    bytes3 currency;
    uint32 maturity;
    uint64 face;
}

/// The half-open interval `[start, end)` of a claim's units, and who holds it.
/// `lien` is the party that holds a lien on it, 0 for none: a lot under a lien can be paid, but
/// neither moved nor merged. A frozen lot can't even be paid. `version` rises with every change,
/// and never falls, not even when the lot ceases and a later one begins at the same `start`.
struct Lot {
    uint32 claim;
    uint64 start;
    uint64 end;
    uint32 holder;
    uint32 lien;
    LotState state;
    uint24 version;
}

// Amounts end below 2**63, so that every reader's signed 64-bit integers hold them.
uint64 constant MAX_AMOUNT = type(uint64).max >> 1;

/// Names one lot at one moment: its claim, its first unit, its version.
struct LotRef {
    uint32 claim;
    uint64 start;
    uint32 version;
}

/// @title  Ledger: who holds which units of which claim
/// @notice Owns claims, lots and passbooks. Makes no external calls and knows no reason for any
///         act: authorised policy contracts check reasons and signatures, then post here.
///
///         Every post appends one entry to a book: book `n` is the passbook of claim `n`, book 0
///         the consortium's own (parties, council, oracle members, policies). With
///
///         `entry = keccak256(abi.encode(index, book, act, op, policy, keccak256(words), keccak256(memo)))`
///
///         where `words` are hashed as packed 32-byte words, the book's head becomes
///         `keccak256(head ‖ entry)`, and so does the global head, which covers all books. The
///         `Posted` event carries every part, so that anyone can recompute both heads.
/// @dev    Storage, for state proofs: slot 0 `head` (mapping by book), slot 1 the claims, slot 2
///         the lots (mapping by `claim << 64 | start`), slot 3 `globalHead`, slot 4 the counters
///         (`entryCount` in the low 64 bits, then `claimCount`), slot 5 `isPolicy`.
interface ILedger {
    /// @notice One entry was appended.
    /// @param index  Position among all entries of all books, from 0, without gaps.
    /// @param book   The claim whose passbook it is, or 0 for the consortium's.
    /// @param act    What caused it: the EIP-712 digest of an agreement, a council act or an
    ///               attested payment.
    /// @param op     What was done.
    /// @param policy Who posted: the contract that checked the reasons.
    /// @param words  What was written, in order: for `Opened` the claim and then its lot, for
    ///               `PolicySet` the policy's address and 0 or 1, for `Noted` and `Recorded`
    ///               what the policy gives (parties' numbers), else every lot written.
    /// @param memo   The policy's own call, ABI encoded: the agreement and its signatures.
    event Posted(
        uint64 indexed index,
        uint32 indexed book,
        bytes32 indexed act,
        Op op,
        address policy,
        uint256[] words,
        bytes memo
    );

    error NotPolicy(address caller);
    error NotGovernor(address caller);
    error GovernorStays();
    error UnknownClaim(uint32 claim);
    error UnknownLot(uint32 claim, uint64 start);
    error LotChanged(uint32 claim, uint64 start, uint32 version, uint32 current);
    error LotNotLive(uint32 claim, uint64 start, LotState state);
    error NotHolder(uint32 claim, uint64 start, uint32 party, uint32 holder);
    error LotLiened(uint32 claim, uint64 start, uint32 lien);
    error NotLienholder(uint32 claim, uint64 start, uint32 party, uint32 lien);
    error LotNotFrozen(uint32 claim, uint64 start, LotState state);
    error OutsideLot(uint64 start, uint64 end, uint64 lotStart, uint64 lotEnd);
    error NotAdjacent(uint64 leftEnd, uint64 rightStart);
    error ZeroAmount();
    error AmountTooLarge(uint64 amount);

    /// @notice Opens a claim with one lot `[0, face)` held by `holder`.
    function open(Claim calldata terms, uint32 holder, bytes32 act, bytes calldata memo) external returns (uint32 claim);

    /// @notice Moves units `[start, end)` of a lot from `holder` to `recipient`; what is left on
    ///         either side stays with `holder` as lots of their own.
    function move(
        LotRef calldata lot,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 recipient,
        bytes32 act,
        bytes calldata memo
    ) external;

    /// @notice Discharges the first `amount` units of a lot; the rest stays live with its holder.
    function discharge(LotRef calldata lot, uint64 amount, bytes32 act, bytes calldata memo) external;

    /// @notice Makes one lot of two adjacent ones of the same holder.
    function merge(LotRef calldata left, LotRef calldata right, uint32 holder, bytes32 act, bytes calldata memo)
        external;

    /// @notice As {move}, and leaves a lien of party `lien` on what was moved.
    function convey(
        LotRef calldata lot,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 recipient,
        uint32 lien,
        bytes32 act,
        bytes calldata memo
    ) external;

    /// @notice Puts units `[start, end)` of a lot under a lien; the rest stays free.
    function encumber(
        LotRef calldata lot,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 lienholder,
        bytes32 act,
        bytes calldata memo
    ) external;

    /// @notice Ends a lien. A frozen lot stays frozen: nobody gains by it who hasn't a right to.
    function release(LotRef calldata lot, uint32 lienholder, bytes32 act, bytes calldata memo) external;

    /// @notice The lien's holder becomes the lot's, and the lien ends.
    function foreclose(LotRef calldata lot, uint32 lienholder, bytes32 act, bytes calldata memo) external;

    /// @notice Freezes a live lot: it can't change hands, be merged, encumbered or paid.
    function freeze(LotRef calldata lot, bytes32 act, bytes calldata memo) external;

    /// @notice Makes a frozen lot live again.
    function thaw(LotRef calldata lot, bytes32 act, bytes calldata memo) external;

    /// @notice Replaces the holder of a live or frozen lot, whose lien and state stay.
    function reassign(LotRef calldata lot, uint32 holder, uint32 recipient, bytes32 act, bytes calldata memo)
        external;

    /// @notice Appends an entry without effect on lots to a claim's book.
    function record(uint32 claim, bytes32 act, uint256[] calldata words, bytes calldata memo) external;

    /// @notice Appends an entry without effect on claims to the consortium's book.
    function note(bytes32 act, uint256[] calldata words, bytes calldata memo) external;

    /// @notice Authorises a policy contract to post, or ends its authority. Only the governor,
    ///         and never over its own authority: without it no council could act again.
    function setPolicy(address policy, bool authorised, bytes32 act, bytes calldata memo) external;

    function head(uint32 book) external view returns (bytes32);
    function globalHead() external view returns (bytes32);
    function entryCount() external view returns (uint64);
    function claimCount() external view returns (uint32);
    function isPolicy(address policy) external view returns (bool);
    function governor() external view returns (address);
    function claimOf(uint32 claim) external view returns (Claim memory);
    function lotAt(uint32 claim, uint64 start) external view returns (Lot memory);
}
