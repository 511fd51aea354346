internal import ArgumentParser
internal import Coordination
internal import Cryptography
internal import Documents
internal import Foundation
internal import Histories
internal import HistoryCache
internal import Jobs
internal import Link
internal import Preparation
internal import TLSLink
internal import Tables

/// What a program's exit code says.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The job failed; the last line on standard error names the party, the step and the reason.
    case failed = 1
    /// A file is wrong, with its path, line and field.
    case fileWrong = 65
    /// Something that the machine lacks.
    case unavailable = 69
    /// Refused by a party's policy.
    case refused = 77

    /// The status that an error calls for.
    public init(_ error: any Error) {
        switch error {
        case is DocumentError, is TablesError, is PreparationError, is HistoriesError, is CryptographyError,
            ControlError.unfit:
            self = .fileWrong
        case let error as RunError where [.badData, .duplicateIDs].contains(error.abortReason): self = .fileWrong
        case is StateError, is HistoryCacheError, TLSLinkError.portInUse, TLSLinkError.cannotListen: self = .unavailable
        case ControlError.refused, ControlError.pending: self = .refused
        case ControlError.failed(let failure) where failure.isRefusal: self = .refused
        case let failure as ControlMessage.Failure where failure.isRefusal: self = .refused
        default: self = .failed
        }
    }
}

/// Runs a command's body; what it throws is said on standard error and becomes the exit code.
public func exiting(_ body: () throws -> Void) throws {
    do { try body() } catch let error as ExitCode {
        throw error
    } catch let error as ValidationError {
        throw error
    } catch {
        say("error: \(error)")
        throw ExitCode(ExitStatus(error).rawValue)
    }
}

/// Ends the process at once, when all that it has to say is said and written.
///
/// Threads may still compute for a job that was given up: not every computation looks whether anybody wants its result. `exit` would let
/// libraries clear up under them (OpenBLAS unmaps its buffers, OpenSSL frees its tables), and a thread that uses what is gone would end the
/// process by a signal. The kernel takes everything back anyway; what is on the disk stands a kill at any moment.
public func leave(_ status: ExitStatus) -> Never {
    fflush(nil)
    _exit(status.rawValue)
}

/// A line on standard error: for people. Standard output is for results alone.
public func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
