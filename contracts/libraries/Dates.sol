// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Calendar dates as readable numbers, YYYYMMDD: a signer sees 20270521, not a day count.
library Dates {
    error InvalidDate(uint32 date);

    function requireValid(uint32 date) internal pure {
        uint256 year = date / 10_000;
        uint256 month = (date / 100) % 100;
        uint256 day = date % 100;
        bool valid = year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1;
        if (!valid || day > _daysIn(year, month)) revert InvalidDate(date);
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) {
            bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            return leap ? 29 : 28;
        }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }
}
