Feature: Load

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Booking
    When the member sends GET "/me"
    Then the response status is 200
    And the response identifies the member by JSON "$.memberId" as member_id
    When the member runs the journey "Book"
    And the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    And no member sees another member's data
    And the error rate is at most 0 %
    And the throughput is at least 49 TPS

  @tps(50)
  Scenario: Faster than a live service may be asked
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Profiles
    When the member sends GET "/me"
    Then the response shows the member's own email
