// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Call, IRelay, Outcome} from "./interfaces/IRelay.sol";

/// @dev See {IRelay}.
contract Relay is IRelay {
    /// Enough for any custom error here; bounded, so that no target can make the batch pay for more.
    uint256 private constant ERROR_BYTES = 512;
    /// What a call needs around itself: reading it, recording its outcome.
    uint256 private constant OVERHEAD = 20_000;

    function relay(Call[] calldata calls) external returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            _try(calls[i], i, outcomes[i]);
        }
    }

    function _try(Call calldata call, uint256 position, Outcome memory outcome) private {
        // EIP-150 lends a call at most 63/64 of what is left: with less, a sound act could be made to fail.
        if ((gasleft() - gasleft() / 64) < uint256(call.gas) + OVERHEAD) revert InsufficientGas(position);
        uint256 before = gasleft();
        (outcome.done, outcome.reason) = _call(call.target, call.gas, call.data);
        outcome.gas = uint64(before - gasleft());
        if (!outcome.done) emit ActRefused(keccak256(call.data), call.target, outcome.reason);
    }

    /// As a low-level call, but copies the data to free memory without keeping it there: a batch
    /// pays for the memory of its largest call, not of all of them.
    function _call(address target, uint256 gasLimit, bytes calldata data)
        private
        returns (bool done, bytes memory reason)
    {
        // An address without code accepts any call: that is no act done.
        if (target.code.length == 0) return (false, "");
        assembly ("memory-safe") {
            reason := mload(0x40)
            calldatacopy(reason, data.offset, data.length)
            done := call(gasLimit, target, 0, reason, data.length, 0, 0)
            switch done
            case 1 { reason := 0x60 }
            default {
                let size := returndatasize()
                if gt(size, ERROR_BYTES) { size := ERROR_BYTES }
                mstore(reason, size)
                returndatacopy(add(reason, 0x20), 0, size)
                mstore(0x40, add(reason, and(add(size, 0x3f), not(0x1f))))
            }
        }
    }
}
