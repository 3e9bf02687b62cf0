// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Admits a validator, changes its voting power, or (with `power` 0) removes it. `key` is what its
/// engine knows it by: an ed25519 public key on CometBFT, its address in the low 20 bytes on QBFT.
/// `party` operates the node; `version` is the number of changes this key has seen.
struct ValidatorChange {
    bytes32 key;
    uint32 party;
    uint64 power;
    uint32 version;
    uint64 validUntil;
}

/// One validator as its last change left it. `power` 0: never admitted, or removed.
struct Validator {
    uint32 party;
    uint64 power;
    uint32 version;
}

// CometBFT's own bound on a validator set's voting power.
uint64 constant MAX_TOTAL_POWER = uint64(type(int64).max) / 8;

/// @title  Validators: whose nodes make the blocks
/// @notice The council's record of the validator set, in the consortium's book, so that every
///         bundle proves who was admitted, and by whom. A node is run by a bank, a core enterprise
///         or a regulator: parties with something at stake of their own. Suppliers are too many
///         and too small to keep a node up; auditors and oracle members must not also make the
///         blocks that they judge.
///
///         A Besu QBFT network can take its set from {getValidators} (`validatorcontractaddress`
///         in its genesis or in a transition): a change then takes effect with the next block. On
///         CometBFT this is the record that the operators' act has to match; the engine's set is
///         changed by them. QBFT counts heads and ignores `power`.
interface IValidators {
    error ZeroKey();
    error ValidatorChanged(bytes32 key, uint32 version, uint32 current);
    error ValidatorOfAnother(bytes32 key, uint32 party, uint32 current);
    error NothingChanged(bytes32 key, uint64 power);
    error KeyOfAnotherKind(bytes32 key);
    error PowerTooLarge(uint64 power, uint64 free);
    error LastValidator(bytes32 key);

    /// @notice Records one change. While a validator is in, its party stays: a node that changes
    ///         hands is removed, and admitted again with a key that its old operator never held.
    function changeValidator(ValidatorChange calldata act, bytes[] calldata council) external;

    function validator(bytes32 key) external view returns (Validator memory);
    function validatorCount() external view returns (uint256);
    function totalPower() external view returns (uint64);

    /// @notice The keys of all validators, in no order.
    function getKeys() external view returns (bytes32[] memory);

    /// @notice The addresses of all validators, in no order; none where keys aren't addresses.
    /// @dev    The name and shape that Besu's contract validator selection calls.
    function getValidators() external view returns (address[] memory);
}
